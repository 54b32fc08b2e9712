import BenchmarkSupport
import EmberCore
import Foundation

/// All figures of one run.
struct Report: Encodable {
    let throughput: Throughput
    let memory: [MemoryGrowth]
    let decisions: [DecisionTimes]

    init(isQuick: Bool) {
        // First, for a peak stays.
        memory = MemoryGrowth.measure(isQuick: isQuick)
        throughput = Throughput(isQuick: isQuick)
        decisions = DecisionTimes.measure(isQuick: isQuick)
    }

    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return try encoder.encode(self)
        }
    }

    var markdown: String {
        """
        ## Requests on one core

        A bare scan of \(BareScan.slots) slots takes \(fixed(throughput.scanNanoseconds, 1)) ns.

        \(Throughput.Row.header)
        \(throughput.rows.map(\.markdown).joined(separator: "\n"))

        ## Memory

        \(MemoryGrowth.header)
        \(memory.map(\.markdown).joined(separator: "\n"))

        ## Decision time

        With 100 services that share the models, from a request's arrival until all that follows from it is known,
        reading the clock included; medians of rounds in which all of these lines take turns.

        \(DecisionTimes.header)
        \(decisions.map(\.markdown).joined(separator: "\n"))
        """
    }
}

func drive(_ entry: PolicyEntry, _ stream: Stream) -> any PlannerDrive {
    func open(_ planner: some Planning) -> any PlannerDrive { Drive(planner, stream) }
    return open(entry.planner(for: stream.catalogue, settings: stream.settings))
}

func entry(_ name: String) -> PolicyEntry {
    guard let entry = PolicyCatalog.entry(named: name) else { preconditionFailure("no policy \(name)") }
    return entry
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
