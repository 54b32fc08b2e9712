import EmberContext
import EmberCore
import EmberStore
import EmberSystem
import Synchronization

/// What models were last found to hold of services' demonstrations, by tenant.
final class HeldContexts: Sendable {
    private struct Pair: Hashable {
        let service: ServiceID
        let model: ModelID
    }

    private let ages: DemonstrationAges
    /// Of each pair, in the order in which the tenants came: sums of numbers must not depend on chance.
    private let held = Mutex<[Pair: [(tenant: String, context: HeldContext)]]>([:])

    init(_ time: TimeSource) { ages = DemonstrationAges(time) }

    /// A request has run with the demonstrations.
    ///
    /// - Parameter vanishing: of the service, in examples a second.
    /// - Returns: how many examples the model now holds for the service, and what they are worth, over all tenants.
    func hold(_ use: ContextUse, of plan: ContextPlan, vanishing: Double) -> (examples: Double, worth: Double) {
        let context = HeldContext(
            use.selection.demonstrations, relevance: use.relevance, vanishing: vanishing, age: ages.reading())
        return held.withLock { held in
            let pair = Pair(service: plan.service, model: plan.model)
            var all = held[pair] ?? []
            if let index = all.firstIndex(where: { $0.tenant == plan.tenant }) {
                all[index].context = context
            } else {
                all.append((plan.tenant, context))
            }
            held[pair] = all
            return all.reduce(into: (0, 0)) { sum, one in
                sum.examples += one.context.examples
                sum.worth += one.context.kappa
            }
        }
    }

    /// The ids mean others now.
    func forget(_ models: [ModelID], _ services: [ServiceID]) {
        held.withLock { held in
            held = held.filter { !models.contains($0.key.model) && !services.contains($0.key.service) }
        }
    }

    func forget(tenant: String) {
        held.withLock { held in held = held.mapValues { $0.filter { $0.tenant != tenant } } }
    }
}
