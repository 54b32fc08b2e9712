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
            it has not, the first such event is told and the command fails. 'ember compare --events FILE' has what \
            other policies would have made of the run; with --requests its requests become a CSV file for scenarios.
            """)

    @Argument(help: "A log of events.") var file: String
    @Option(help: "Write the requests that were answered to this CSV file.") var requests: String?
    @Flag(help: "Print the result as JSON.") var json = false

    func run() async throws {
        var (log, replay) = try CommandFailure.telling { () throws(ScenarioError) in
            let log = try EventLog(file)
            return (log, try log.replay())
        }
        var trace = RequestTrace(log.setting)
        while replay.firstDifference == nil,
            let recorded = try CommandFailure.telling({ () throws(ScenarioError) in try log.next() })
        {
            guard let effects = replay.step(recorded) else {
                throw CommandFailure("\(log.problem("speaks of what the log's header does not name"))")
            }
            trace.note(recorded, effects)
        }
        if let requests { try write(trace.csv, to: requests) }
        try report(replay, log)
        if replay.firstDifference != nil { throw ExitCode.failure }
    }

    private func write(_ text: String, to path: String) throws {
        do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
            throw CommandFailure("\(path) cannot be written: check its folder and permissions")
        }
    }

    private struct Outcome: Encodable {
        var events: Int
        var policy: String
        var sameEffects: Bool
        var firstDifference: Int?
        /// Its members stand beside the others.
        var cost: StateView.Cost

        func encode(to encoder: any Encoder) throws {
            try cost.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(events, forKey: .events)
            try container.encode(policy, forKey: .policy)
            try container.encode(sameEffects, forKey: .sameEffects)
            try container.encodeIfPresent(firstDifference, forKey: .firstDifference)
        }

        enum CodingKeys: String, CodingKey { case events, policy, sameEffects, firstDifference }
    }

    private func report(_ replay: Replay, _ log: EventLog) throws {
        let ledger = replay.planner.edge.ledger
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            let outcome = Outcome(
                events: replay.events, policy: log.setting.policy, sameEffects: replay.firstDifference == nil,
                firstDifference: replay.firstDifference, cost: StateView.Cost(ledger))
            return print(String(decoding: try encoder.encode(outcome), as: UTF8.self))
        }
        if let place = replay.firstDifference {
            print("other effects than then from event \(place) on (line \(place + 1) of \(file))")
        } else {
            print("\(replay.events) events, the same effects as then; policy \(log.setting.policy)")
        }
        print(
            "\(ledger.edgeRequests) requests at the edge, \(ledger.cloudRequests) in the cloud, "
                + "\(ledger.rejectedRequests) refused; \(ledger.loads) loads, \(ledger.evictions) evictions")
        print(
            String(
                format:
                    "cost %.4f: switching %.4f, accuracy %.4f, inference %.4f, transmission %.4f, cloud %.4f, waiting %.4f",
                ledger.total, ledger.switching, ledger.accuracy, ledger.inference, ledger.transmission, ledger.cloud,
                ledger.waiting))
    }
}

/// The requests of a run that were answered, as a workload.
private struct RequestTrace {
    private struct Open {
        var time: Double
        var service: String
        var model: String
    }

    private let setting: RecordedSetting
    private var open: [RequestID: Open] = [:]
    private var rows: [(time: Double, row: String)] = []

    init(_ setting: RecordedSetting) { self.setting = setting }

    mutating func note(_ recorded: RecordedEvent, _ effects: [Effect]) {
        switch recorded.event {
        case .requestArrived(let id, let service, let model, _, _):
            open[id] = Open(
                time: recorded.time.seconds, service: setting.services[service.index].name,
                model: setting.models[model.index].name)
        case .requestFinished(let id, let tokens, _):
            guard let request = open.removeValue(forKey: id) else { return }
            // The log knows prefill and decode together.
            rows.append((request.time, "\(request.time),\(request.service),\(request.model),\(tokens),0"))
        case .requestCancelled(let id): open[id] = nil
        default: break
        }
        for case .reject(let id, _) in effects { open[id] = nil }
    }

    var csv: String {
        "time,service,model,input_tokens,output_tokens\n"
            + rows.sorted { $0.time < $1.time }.map { $0.row + "\n" }.joined()
    }
}
