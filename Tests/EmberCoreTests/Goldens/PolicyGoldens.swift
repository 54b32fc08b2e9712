import EmberCore
import Testing

/// One history, and every policy gives up another resident for the same newcomer.
///
/// Five residents of 20 bytes fill the budget of 100. Loaded in the order 3, 0, 1, 2, 4. Until 20 s:
///
///     resident  requests  saving  last at  kappa at 20 s                        requests x saving / bytes
///     0         3         1       10 s     2 - 0.1 x 19 = 0.1 (the third failed)  0.15
///     1         2         5       12 s     2 - 0.1 x  8 = 1.2                     0.50
///     2         4         1        5 s     4 - 0.1 x 15 = 2.5                     0.20
///     3         5         1       13 s     5 - 0.1 x  7 = 4.3                     0.25
///     4         10        0.1     14 s    10 - 0.1 x  6 = 9.4                     0.05
@Suite struct PolicyGoldens {
    private func historyUntil20(_ policy: String, seed: UInt64 = 1) throws -> Script {
        let catalogue = plainCatalogue(bytes: [20, 20, 20, 20, 20, 20]) { model, index in
            model.costs.cloudPerRequest = [1, 5, 1, 1, 0.1, 1][index]
        }
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.gateWaitSeconds = 0.5
        var script = try Script(policy, catalogue, settings, seed: seed)
        for index in [3, 0, 1, 2, 4] { script.load(0, index) }
        script.serve(1, 0, times: 2)
        script.serve(5, 2, times: 4)
        script.ask(10, 0)
        script.at(10, .requestFailed(request(6), retryable: false))
        script.serve(12, 1, times: 2)
        script.serve(13, 3, times: 5)
        script.serve(14, 4, times: 10)
        return script
    }
    /// The requests of the history: the newcomer's is the next.
    private let first = 24

    @Test(arguments: [
        ("least-context", 0), ("lfu", 1), ("lru", 2), ("fifo", 3), ("gdsf", 4),
    ])
    func everyPolicyChoosesItsOwnVictim(policy: String, victim: Int) throws {
        var script = try historyUntil20(policy)
        let newcomer = instance(5)
        #expect(
            script.ask(20, 5) == [
                .beginUnload(instance(victim), .evicted(for: newcomer)), .enqueue(request(first)),
            ])
        #expect(script.at(21, .unloadFinished(instance(victim))) == [.beginLoad(newcomer)])
        #expect(
            script.at(23, .loadFinished(newcomer)) == [
                .dispatch(request(first), newcomer)
            ])
    }

    /// Refused at first; and what it takes for the newcomer to be let in.
    @Test func gatedLeastContextKeepsContextUntilItHasFaded() throws {
        var script = try historyUntil20("least-context-gated")
        // The newcomer has no context, resident 0 still has 0.1.
        #expect(script.ask(20, 5) == [.offload(request(first), .notAdmitted)])
        // At 21 s: 2 - 0.1 x 20 = 0.
        #expect(
            script.ask(21, 5) == [
                .beginUnload(instance(0), .evicted(for: instance(5))), .enqueue(request(first + 1)),
            ])
    }

    @Test func gatedFrequencyKeepsWhoIsAskedForAsOften() throws {
        var script = try historyUntil20("lfu-gated")
        // Asked for once, then twice: not more often than resident 1, asked for twice.
        #expect(script.ask(20, 5) == [.offload(request(first), .notAdmitted)])
        #expect(script.ask(20, 5) == [.offload(request(first + 1), .notAdmitted)])
        #expect(
            script.ask(20, 5) == [
                .beginUnload(instance(1), .evicted(for: instance(5))), .enqueue(request(first + 2)),
            ])
    }

    @Test func gatedGreedyDualKeepsEqualPriority() throws {
        var script = try historyUntil20("gdsf-gated")
        // 1 x 1 / 20 = 0.05 is not more than resident 4's 0.05 (10 x 0.1 / 20); 2 x 1 / 20 = 0.1 is.
        #expect(script.ask(20, 5) == [.offload(request(first), .notAdmitted)])
        #expect(
            script.ask(20, 5) == [
                .beginUnload(instance(4), .evicted(for: instance(5))), .enqueue(request(first + 1)),
            ])
    }

    /// Random numbers follow from the seed in the order of ids; the lowest goes.
    @Test(arguments: 1...20)
    func randomDrawsLots(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        // Each of the five loads of the history drew a lot per resident: 0 + 1 + 2 + 3 + 4.
        for _ in 0..<10 { _ = generator.nextUnit() }
        let lots = (0..<5).map { _ in generator.nextUnit() }
        let victim = try #require(lots.indices.min { lots[$0] < lots[$1] })
        var script = try historyUntil20("random", seed: UInt64(seed))
        #expect(script.ask(20, 5).first == .beginUnload(instance(victim), .evicted(for: instance(5))))
    }

    /// The cloud takes all it can; what it cannot take waits for the gate to open (0.5 s), then the lowest id goes.
    @Test func cloudLoadsOnlyWhatTheCloudCannotTake() throws {
        var script = try historyUntil20("cloud")
        #expect(script.ask(20, 5) == [.offload(request(first), .notAdmitted)])
        #expect(script.ask(20, 5, offloadable: false) == [.enqueue(request(first + 1))])
        #expect(script.planner.nextWake == Time(seconds: 20.5))
        #expect(script.at(20.5, .tick) == [.beginUnload(instance(0), .evicted(for: instance(5)))])
    }

    /// 3 requests while 6 came in all, 3 / (1 + 6) = 0.43, against 2 while 3 came, 2 / (1 + 3) = 0.5.
    @Test func hyperbolicWeighsRequestsByTheTimeForThem() throws {
        let catalogue = plainCatalogue(bytes: [50, 50, 50])
        var script = try Script("hyperbolic", catalogue, PlannerSettings(budget: Bytes(100)))
        script.load(0, 0)
        script.serve(1, 0, times: 3)
        script.load(15, 1)
        script.serve(16, 1, times: 2)
        #expect(script.ask(20, 2).first == .beginUnload(instance(0), .evicted(for: instance(2))))
    }

    /// A scenario for every policy there is: a new one must be given its golden.
    @Test func everyPolicyHasItsGolden() {
        let golden: Set = [
            "least-context", "lfu", "lru", "fifo", "gdsf", "least-context-gated", "lfu-gated", "gdsf-gated", "random",
            "cloud", "value-of-residency", "ski-rental", "regret-forecast", "hyperbolic",
        ]
        #expect(golden == Set(PolicyCatalog.names))
    }
}
