import EmberCore
import Foundation
import Testing

@testable import EmberSim

/// A later part of a run, which begins with the planner as it was then.
@Suite struct RecordedPartTests {
    private let files: TraceFiles
    private static let work = EngineWork(
        promptBytes: 30, promptTokens: 5, prefillTokens: 4, prefillSeconds: 0.5, decodeTokens: 2, decodeSeconds: 2)
    /// Part 1 leaves two requests running at second 3; of these one ends in part 2 before another comes, one after it.
    private let parts: [[(seconds: Double, event: Event)]] = [
        [(1, Self.arrival(0)), (2, .loadFinished(InstanceID(0))), (3, Self.arrival(1))],
        [
            (4, .requestFinished(RequestID(0), tokens: 5)), (5, Self.arrival(2)),
            (8, .requestFinished(RequestID(2), tokens: 7, work: Self.work)),
            (9, .requestFinished(RequestID(1), tokens: 6)),
        ],
    ]

    init() throws {
        files = try TraceFiles()
        let catalogue = Catalogue(
            models: [ModelSpec(name: "m", residentBytes: Bytes(10), parallel: 3)], services: [ServiceSpec(name: "s")])
        var setting = RecordedSetting(
            policy: "lru", seed: 1, catalogue: catalogue, settings: PlannerSettings(budget: Bytes(100)), began: 7)
        var planner = try setting.planner()
        for (index, events) in parts.enumerated() {
            setting.part = index + 1
            var lines = [try json(setting)] + (index > 0 ? [try json(planner)] : [])
            for (seconds, event) in events {
                var effects: [Effect] = []
                let time = Time(seconds: seconds)
                planner.handle(event, at: time, into: &effects)
                lines.append(RecordedEvent(time: time, event: event, digest: EffectDigest(effects)).line)
            }
            try files.write(
                LogName(run: 1, began: setting.began, part: setting.part).text, lines.joined(separator: "\n") + "\n")
        }
    }

    private static func arrival(_ id: Int) -> Event {
        .requestArrived(RequestID(id), service: ServiceID(0), model: ModelID(0), offloadable: false)
    }

    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: RecordedInfinity.positive, negativeInfinity: RecordedInfinity.negative,
            nan: RecordedInfinity.notANumber)
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private var second: String { files.path("events-000001-7000-0002.log") }

    @Test func requestsThatCameBeforeAreNotItsOwn() throws {
        let run = try RecordedRun(second)
        #expect(run.firstDifference == nil && run.events == 4 && run.setting.part == 2 && run.policy == "lru")
        #expect(run.csv == "time,service,model,input_tokens,output_tokens\n2.0,s,m,7,0\n")
        #expect(run.seconds == 6 && run.times[0].edgeSeconds.count == 1 && run.times[0].edgeSeconds.sum == 3)
        // The planner knows of all.
        #expect(run.ledger.edgeRequests == 3 && run.ledger.loads == 1)
        let outcome = try #require(SimulatedPolicy.named("lru")).run(run.scenario(named: "part"), seed: 1)
        #expect(outcome[.requests] == 1)
    }

    /// The engine's report is of the request: it comes where that is served as it was then, when it ends.
    @Test func anEnginesWorkComesWithItsRequest() throws {
        final class Ends: RunObserver {
            let needsDecisions = false
            var works: [EngineWork?] = []
            func saw(_ event: Event, _ effects: [Effect], _ decisions: [Decision], _ edge: EdgeState) {
                if case .requestFinished(_, _, _, let work) = event { works.append(work) }
            }
        }
        let scenario = try RecordedRun(files.folder).scenario(named: "run")
        let ends = Ends()
        _ = try #require(SimulatedPolicy.named("lru")).run(scenario, seed: 1, observers: [ends])
        #expect(ends.works == [nil, Self.work, nil])
        guard case .recorded(let run) = scenario.workload else { throw NoRun() }
        #expect(run.arrivals.map { $0.work(of: ModelID(0)) } == [nil, nil, Self.work])
        #expect(run.arrivals.allSatisfy { $0.work(of: ModelID(1)) == nil }, "another model's engine would differ")
    }

    private struct NoRun: Error {}

    @Test func aFolderIsItsLatestRun() throws {
        try files.write("events-5000-0001.log", "an earlier run\n")
        let run = try RecordedRun(files.folder)
        #expect(run.firstDifference == nil && run.events == 7 && run.setting.part == 1)
        #expect(run.requests.map(\.time.seconds) == [1, 3, 5] && run.ledger.edgeRequests == 3)
        let empty = try TraceFiles()
        #expect(problem(with: empty.folder)?.contains("has no log of events") == true)
    }

    @Test func aDifferenceIsToldWithItsPlace() throws {
        let text = try String(contentsOfFile: second, encoding: .utf8)
        try files.write("events-000001-7000-0002.log", text.dropLast(9) + "00000000\n")
        for (path, events) in [(second, 4), (files.folder, 7)] {
            let run = try RecordedRun(path)
            #expect(run.firstDifference == events && run.differencePlace?.line == 6)
            #expect(run.differencePlace?.source.hasSuffix("events-000001-7000-0002.log") == true)
        }
    }

    @Test func whatIsCutOffIsTold() throws {
        let text = try String(contentsOfFile: second, encoding: .utf8)
        let head = try #require(text.split(separator: "\n").first)
        let torn = [
            (String(text.prefix(head.count + 40)), "events-000001-7000-0002.log:2:1: is cut off"),
            (String(text.prefix(head.count - 40)), "is no log of events"),
            ("\(head)\n{}\n", "events-000001-7000-0002.log:2:1: is no planner"),
        ]
        for (text, message) in torn {
            try files.write("events-000001-7000-0002.log", text)
            #expect(problem(with: second)?.contains(message) == true)
            // The run itself is whole up to there.
            #expect(try RecordedRun(files.folder).events == 3)
        }
    }

    private func problem(with path: String) -> String? {
        do throws(ScenarioError) {
            _ = try RecordedRun(path)
            return nil
        } catch {
            return error.description
        }
    }
}
