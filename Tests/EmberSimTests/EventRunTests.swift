import EmberCore
import EmberDocument
import Testing

@testable import EmberSim

/// `EventRun` itself checks at every event that memory is within the budget, and that no request ends twice or never.
@Suite struct EventRunLaws {
    private static let tight = "memory: {budget: 9GB}\nevents: {offload: false}\nqueue: {limit: 20, max_wait: 20s}"
    private static let policies = SimulatedPolicy.all.map(\.name)

    private func scenario(_ text: String) throws -> Scenario {
        try ScenarioReader.read(text: "base: vr-session\nslots: 6\n" + text, source: "my.yaml", name: "my")
    }

    private func arrivals(_ scenario: Scenario, seed: UInt64) -> Double {
        Double(
            SlotBatches(scenario.workload, pairs: scenario.catalogue.pairCount, slots: scenario.slots, seed: seed)
                .joined().reduce(0) { $0 + $1.count })
    }

    @Test(arguments: policies)
    func everyRequestEndsOnce(policy: String) throws {
        let policy = try #require(SimulatedPolicy.named(policy))
        let scenarios = try ["", Self.tight, "sharing: pairs\n"].map(scenario)
        for (index, scenario) in scenarios.enumerated() {
            for seed in 1...2 as ClosedRange<UInt64> {
                let outcome = policy.run(scenario, seed: seed)
                #expect(outcome == policy.run(scenario, seed: seed))
                #expect(outcome[.requests] == arrivals(scenario, seed: seed))
                #expect(index == 1 || outcome[.rejectedRequests] == 0)
                #expect(outcome[.meanWait] >= 0 && outcome[.meanWait] <= scenario.settings.queue.maxWaitSeconds)
            }
        }
    }

    @Test func tightQueuesDoReject() throws {
        let scenario = try scenario(Self.tight)
        #expect(try #require(SimulatedPolicy.named("lru")).run(scenario, seed: 1)[.rejectedRequests] > 0)
    }

    /// A load of 7 GB at 0.5, a wrong answer at 2 without context, 700 tokens, the way to the edge.
    @Test func withoutACloudAbsenceCostsTheLoad() throws {
        let costs = try ["", "events: {offload: false}"].map { try scenario($0).catalogue.models[0].costs }
        #expect(costs[0].cloudPerRequest == 0.5)
        #expect(abs(costs[1].cloudPerRequest - (3.5 + 2 * (1 - 0.815) + 5.6e-4 * 700 + 0.005)) < 1e-12)
    }

    /// One model of two fits. The one that is asked for nine times as often comes back before its next request.
    @Test func favouritesAreLoadedAhead() throws {
        let files = try TraceFiles()
        let requests = (1...300).map { "\(10 * $0),s,\($0 % 10 == 0 ? "b" : "a"),10,5\n" }
        try files.write("r.csv", plainHeader + requests.joined())
        let outcomes = try ["never", "3s"].map { prefetch in
            let scenario = try ScenarioReader.read(
                text: """
                    {time: events, slots: 51, memory: {budget: 100, prefetch: \(prefetch)}, services: {s: {}}, models: {a: {memory: 60}, b: {memory: 60}},
                    defaults: {tokens: 15, output: 5, accuracy: {weight: 0}}, weights: {},
                    events: {load_rate: 60, load_seconds: 1, offload: false},
                    workload: {kind: trace, format: csv, files: r.csv, pairs: named, start: 0, slot_seconds: 60}}
                    """, source: "ahead.yaml", name: "ahead", folder: files.folder)
            return try #require(SimulatedPolicy.named("value-of-residency")).run(scenario, seed: 1)
        }
        for outcome in outcomes {
            #expect(outcome[.loads] == 60)
            // Seconds, of which a slot has 60: loads, and waits for them.
            #expect(abs(outcome[.switchingCost] * 51 - 60 * 2) < 1e-9)
            #expect(abs(outcome[.waitingCost] * 51 - 300 * outcome[.meanWait]) < 1e-9)
        }
        #expect(abs(outcomes[0][.meanWait] - 60 * 2 / 300.0) < 1e-9, "a load of 2 s for every change")
        #expect(outcomes[1][.meanWait] < 0.6 * outcomes[0][.meanWait], "b is waited for, and a until it is known")
    }

    @Test func theSameOnAnyNumberOfCores() async throws {
        let scenario = try scenario("")
        var texts: Set<String> = []
        for jobs in [1, 2, 5] {
            let comparison = await Comparison.run(
                scenario, policies: SimulatedPolicy.all, seeds: [1, 2], jobs: jobs)
            texts.insert(comparison.json + comparison.csv + TableReport(comparison, isBold: true).text)
        }
        #expect(texts.count == 1)
        #expect(try #require(texts.first).contains("\"mean_wait_seconds\""))
    }

    /// Requests of a recorded trace come at its own times, counted from the cut, and after its end again.
    @Test func recordedRequestsKeepTheirTimes() throws {
        let files = try TraceFiles()
        try files.write("t.csv", plainHeader + "0,s,m,7,3\n25,s,m,8,2\n26,s,m,9,1\n")
        let scenario = try ScenarioReader.read(
            text: """
                time: events
                slots: 5
                memory: {budget: 100}
                services: {s: {}}
                models: {m: {memory: 10}}
                workload: {kind: trace, format: csv, files: t.csv, pairs: named, slot_seconds: 10, start: 20s}
                """, source: "my.yaml", name: "my", folder: files.folder)
        let events = try #require(scenario.events)
        #expect(events.slotSeconds == 10)
        var arrivals = Arrivals(scenario, events, seed: 1)
        var seen: [[Int]] = []
        while let arrival = arrivals.pop() {
            seen.append([Int(arrival.time.seconds.rounded()), arrival.inputTokens, arrival.outputTokens])
        }
        #expect(seen == [[5, 8, 2], [6, 9, 1], [10, 7, 3], [35, 8, 2], [36, 9, 1], [40, 7, 3]])
    }

    @Test(arguments: [
        ("models: {m: {memory: 1GB, tokens: 5, output: 6}}", "models.m: generates 6 of 5 tokens"),
        ("queue: {patience: -1s}", "queue.patience: \"-1s\" is not a duration"),
        ("workload: {kind: mix}", "workload: has no mix; write one such as"),
        ("workload: {kind: mix, mix: [{service: x, model: talk-8b}]}", "workload.mix[0].service: \"x\" is no service"),
    ])
    func badKeysAreTold(text: String, message: String) {
        do throws(ScenarioError) {
            _ = try ScenarioReader.read(text: "base: vr-session\n" + text, source: "my.yaml", name: "my")
            Issue.record("nothing was reported")
        } catch {
            #expect(error.description.contains(message), "\(error)")
        }
    }
}

/// One request a slot, loads and answers that take no time: event time and slots are the same then. Delta is such that
/// no context comes to exactly nothing, where the last bit would decide.
@Suite struct EventsAndSlots {
    private func outcome(_ policy: SimulatedPolicy, _ time: String, _ folder: String) throws -> RunOutcome {
        let model = "context: 100000, tokens: 15, output: 5, prefill: 1000000000000, decode: 1000000000000"
        let scenario = try ScenarioReader.read(
            text: """
                time: \(time)
                slots: 400
                memory: {budget: 100}
                events: {load_rate: 1000000TB, load_seconds: 0}
                services: {s: {vanishing: 0.317, demonstration: 100}}
                defaults:
                  costs: {load: 3, cloud: 1, transmission: 0.1, token: 0.01}
                  accuracy: {zero_shot: 0.5, gain: 0.05, weight: 0.7}
                models:
                  a: {memory: 60, \(model)}
                  b: {memory: 50, \(model)}
                  c: {memory: 35, \(model)}
                  d: {memory: 20, \(model)}
                workload: {kind: trace, format: csv, files: t.csv, pairs: named, start: 0}
                """, source: "my.yaml", name: "my", folder: folder)
        return policy.run(scenario, seed: 4)
    }

    @Test(arguments: SimulatedPolicy.all.map(\.name))
    func agreeOnEveryTerm(policy: String) throws {
        let files = try TraceFiles()
        var lots = SeededGenerator(seed: 3)
        let lines = (0..<400).map { "\($0 * 60),s,\(["a", "b", "c", "d"][lots.below(4)]),10,5\n" }
        try files.write("t.csv", plainHeader + lines.joined())
        // There is one request a slot: a period of rates is one request then.
        let hasPeriod = try #require(SimulatedPolicy.named(policy)).parameters.contains { $0.name == "period" }
        let policy = try SimulatedPolicy.parse(hasPeriod ? "\(policy):period=1" : policy)
        let (events, slots) = (
            try outcome(policy, "events", files.folder), try outcome(policy, "slots", files.folder)
        )
        for measure in Measure.published {
            #expect(abs(events[measure] - slots[measure]) < 1e-9, "\(measure): \(events[measure]), \(slots[measure])")
        }
        #expect(events[.requests] == 400)
    }
}
