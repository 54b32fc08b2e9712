import EmberCore
import Synchronization

/// The prefixes of recent requests, so that they can be computed ahead.
final class PrefixMemory: Sendable {
    struct Known: Sendable {
        let owner: SlotOwner
        /// Of the last request that began so.
        let plan: ContextPlan
    }

    /// Of each model, the newest last.
    private let prefixes = Mutex<[ModelID: [Known]]>([:])

    private static let mostOfAModel = 16

    func remember(_ owner: SlotOwner, _ plan: ContextPlan) {
        guard owner.isStable else { return }
        prefixes.withLock { prefixes in
            var known = prefixes[plan.model, default: []]
            known.removeAll { $0.owner == owner }
            known.append(Known(owner: owner, plan: plan))
            prefixes[plan.model] = Array(known.suffix(Self.mostOfAModel))
        }
    }

    /// The ids mean others now.
    func forget(_ models: [ModelID], _ services: [ServiceID]) {
        prefixes.withLock { prefixes in
            for model in models { prefixes[model] = nil }
            prefixes = prefixes.mapValues { $0.filter { !services.contains($0.plan.service) } }
        }
    }

    /// The newest first.
    func prefixes(of model: ModelID) -> [Known] { prefixes.withLock { $0[model] ?? [] }.reversed() }

    /// The models that have recently served a tenant's service.
    func models(serving service: String, of tenant: String) -> [ModelID] {
        prefixes.withLock { prefixes in
            prefixes.filter { $0.value.contains { $0.owner.tenant == tenant && $0.owner.service == service } }.keys
                .sorted()
        }
    }
}
