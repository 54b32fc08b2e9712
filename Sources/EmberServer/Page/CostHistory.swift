import EmberCore
import EmberSystem
import Hummingbird
import Synchronization

/// How costs and memory have gone in the last hour: a sample every 10 s, the oldest overwritten first.
final class CostHistory: Sendable {
    static let intervalSeconds = 10.0
    static let capacity = 360

    struct Sample: Encodable, Sendable {
        /// Seconds since Ember's start.
        let time: Double
        /// Since Ember's start, too.
        let cost: StateView.Cost
        let occupiedBytes: Int
        let budgetBytes: Int
        let waiting: Int

        init(_ edge: EdgeState, at now: Time) {
            time = now.seconds
            cost = StateView.Cost(edge.ledger)
            (occupiedBytes, budgetBytes) = (edge.occupied.count, edge.settings.budget.count)
            waiting = edge.waiting
        }
    }

    private struct Ring {
        var samples: [Sample] = []
        var next = 0

        mutating func append(_ sample: Sample) {
            if samples.count < CostHistory.capacity {
                samples.append(sample)
            } else {
                samples[next] = sample
                next = (next + 1) % CostHistory.capacity
            }
        }
    }

    private let ring = Mutex(Ring())

    var oldestFirst: [Sample] { ring.withLock { Array($0.samples[$0.next...] + $0.samples[..<$0.next]) } }

    func append(_ sample: Sample) { ring.withLock { $0.append(sample) } }

    /// Takes samples until the task is cancelled.
    func follow(_ coordinator: Coordinator) async {
        while !Task.isCancelled {
            append(await coordinator.within { Sample($0.edge, at: $0.now) })
            try? await coordinator.time.sleep(for: .seconds(Self.intervalSeconds))
        }
    }
}

/// /ember/v1/history: the samples, with one of this moment, and the latest evictions.
struct HistoryRoutes {
    let coordinator: Coordinator
    let history: CostHistory

    private struct View: Encodable {
        let intervalSeconds = CostHistory.intervalSeconds
        let samples: [CostHistory.Sample]
        let evictions: [Eviction]
    }

    private struct Eviction: Encodable {
        /// Seconds since Ember's start.
        let time: Double
        let model: String
        /// nil where the decision did not record it.
        let ageOfContext: Double?
    }

    func add(to router: Router<EmberRequestContext>) {
        router.get("/ember/v1/history") { _, _ in
            let (now, decisions) = await coordinator.within { coordinator in
                (CostHistory.Sample(coordinator.edge, at: coordinator.now), coordinator.book.newestFirst)
            }
            let evictions = decisions.reversed().flatMap(Self.evictions)
            return try json(View(samples: history.oldestFirst + [now], evictions: evictions))
        }
    }

    private static func evictions(_ decision: DecisionView) -> [Eviction] {
        decision.victims.map { victim in
            let age = decision.candidates.first { $0.model == victim }?.ageOfContext
            return Eviction(time: decision.time, model: victim, ageOfContext: age)
        }
    }
}
