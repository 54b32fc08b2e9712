import EmberCore
import Foundation
import Testing

/// The same laws over a counted number of events: a million of them in `make soak`.
@Suite struct CountedStreamLaws {
    private var wanted: Int {
        ProcessInfo.processInfo.environment["EMBER_TEST_EVENTS"].flatMap(Int.init) ?? 20_000
    }

    @Test func everyLawHoldsOverSoManyEvents() throws {
        var counts = Counts()
        // Beyond the seeds of the other laws.
        var seed: UInt64 = 1_000_000
        while counts.events < wanted {
            for policy in PolicyCatalog.all {
                seed += 1
                var edge = SimulatedEdge(policy, .random(seed: seed), seed: seed)
                edge.run()
                counts.add(edge.steps)
                try #require(edge.audit.violations.isEmpty, "\(policy), seed \(seed): \(edge.audit.violations)")
            }
        }
        print("counted:", counts)
        // The events that are worth counting.
        #expect(
            counts.requests > 0 && counts.cloudFailures > 0 && counts.engineFaults > 0 && counts.reconfigurations > 0)
    }

    private struct Counts: CustomStringConvertible {
        var events = 0
        var requests = 0
        var cloudFailures = 0
        var engineFaults = 0
        var reconfigurations = 0

        mutating func add(_ steps: [Step]) {
            var offloaded: Set<RequestID> = []
            for step in steps {
                events += 1
                take(step.event, isInCloud: offloaded.contains)
                for effect in step.effects {
                    switch effect {
                    case .offload(let request, _): offloaded.insert(request)
                    case .dispatch(let request, _): offloaded.remove(request)
                    default: break
                    }
                }
            }
        }

        private mutating func take(_ event: Event, isInCloud: (RequestID) -> Bool) {
            switch event {
            case .requestArrived: requests += 1
            case .requestFailed(let request, _) where isInCloud(request): cloudFailures += 1
            case .requestFailed, .loadFailed, .engineDied: engineFaults += 1
            case .policyChanged, .loadRequested, .unloadRequested: reconfigurations += 1
            default: break
            }
        }

        var description: String {
            "\(events) events, \(requests) requests, \(cloudFailures) failures of the cloud, \(engineFaults) "
                + "of engines, \(reconfigurations) changes of policy or by the operator"
        }
    }
}
