import ArgumentParser
import EmberCore
import EmberServer
import EmberSim
import Foundation

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Decide a recorded run of the server again, event by event.",
        discussion: """
            The server records with events: {record: true}. The planner must have the very same effects as then; where \
            it has not, the command reports the first such event and fails. A run is written in parts, each of which can \
            be decided again by itself; its costs are those of the run up to its end. 'ember compare --events FILE' has \
            what other policies would have made of it; with --requests its requests become a CSV file for scenarios.
            """)

    @Argument(help: "A log of events, or a folder of them: its latest run, as far as it is left.") var file: String
    @Option(help: "Write the requests that were answered to this CSV file.") var requests: String?
    @Flag(help: "Print the result as JSON.") var json = false

    func run() async throws {
        let run = try CommandFailure.telling { () throws(ScenarioError) in try RecordedRun(file) }
        if let requests { try write(run.csv, to: requests) }
        try report(run)
        if run.firstDifference != nil { throw ExitCode.failure }
    }

    private func write(_ text: String, to path: String) throws {
        do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
            throw CommandFailure("\(path) cannot be written: check its folder and permissions")
        }
    }

    private struct Outcome: Encodable {
        var events: Int
        var policy: String
        /// The first one read.
        var part: Int
        var sameEffects: Bool
        var firstDifference: Int?
        /// Its members stand beside the others.
        var cost: StateView.Cost

        func encode(to encoder: any Encoder) throws {
            try cost.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(events, forKey: .events)
            try container.encode(policy, forKey: .policy)
            try container.encode(part, forKey: .part)
            try container.encode(sameEffects, forKey: .sameEffects)
            try container.encodeIfPresent(firstDifference, forKey: .firstDifference)
        }

        enum CodingKeys: String, CodingKey { case events, policy, part, sameEffects, firstDifference }
    }

    private func report(_ run: RecordedRun) throws {
        let ledger = run.ledger
        if json {
            let outcome = Outcome(
                events: run.events, policy: run.policy, part: run.setting.part, sameEffects: run.firstDifference == nil,
                firstDifference: run.firstDifference, cost: StateView.Cost(ledger))
            return try printJSON(outcome)
        }
        if let event = run.firstDifference, let place = run.differencePlace {
            print("other effects than then from event \(event) on: \(place)")
        } else {
            print("\(run.events) events, the same effects as then; policy \(run.policy)")
        }
        if run.setting.part > 1 {
            print("from part \(run.setting.part) of the run on; what follows is of the run from its start")
        }
        print(
            "\(ledger.edgeRequests) requests at the edge, \(ledger.cloudRequests) in the cloud, "
                + "\(ledger.rejectedRequests) refused; \(ledger.loads) loads, \(ledger.evictions) evictions")
        let terms = CostTerm.allCases.map { $0.name + String(format: " %.4f", ledger[$0]) }
        print(String(format: "cost %.4f: ", ledger.total) + terms.joined(separator: ", "))
    }
}
