import EmberCore
import Testing

/// Models that exclude each other, steady load from all, nothing that the cloud can take.
@Suite struct StarvationLaws {
    private static let models = [2, 3]
    private static let loadSeconds = 2.0
    private static let runSeconds = 1.5
    private static let unloadSeconds = 0.5

    /// Engines of 60 in a budget of 100; unless told otherwise they take whatever waits at once: only memory is scarce.
    private func contention(models: Int, seed: UInt64, parallel: Int = 10_000) -> Scenario {
        var lots = SeededGenerator(seed: seed)
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.maxWaitSeconds = 1000
        settings.queue.limit = 10_000
        settings.queue.limitPerInstance = 10_000
        settings.queue.patienceSeconds = lots.number(0...6)
        settings.queue.gateWaitSeconds = lots.number(0...2)
        settings.queue.residencyPerLoad = lots.number(0...2)
        let catalogue = plainCatalogue(bytes: Array(repeating: 60, count: models), services: 2, parallel: parallel)
        var scenario = Scenario(catalogue: catalogue, settings: settings)
        scenario.requests = 200
        scenario.meanGapSeconds = lots.number(0.05...1)
        scenario.offloadableShare = 0
        scenario.loadSeconds = Self.loadSeconds...Self.loadSeconds
        scenario.runSeconds = 0...Self.runSeconds
        scenario.unloadSeconds = 0...Self.unloadSeconds
        return scenario
    }

    /// A request waits at most patience + n (load + protection + longest run + unload), for n models.
    ///
    /// After its patience its instance is the next in line, but for those whose requests are older. A turn of another
    /// instance ends at the latest when its load, its protection and its running requests have ended and it has left;
    /// a request that comes to an instance while it drains is younger than all in line, so each of the n - 1 others has
    /// one turn at most before. The last load is its own, in place of a turn.
    @Test(arguments: PolicyCatalog.all)
    func everyoneIsServedWithinTheBound(policy: PolicyEntry) throws {
        for (models, seed) in Self.models.flatMap({ models in seeds(3).map { (models, $0) } }) {
            let scenario = contention(models: models, seed: seed)
            var edge = SimulatedEdge(policy, scenario, seed: seed)
            edge.run()
            let run = "\(policy), \(models) models, seed \(seed)"
            #expect(edge.audit.violations.isEmpty, "\(run): \(edge.audit.violations)")
            let stay = Self.loadSeconds * (1 + scenario.settings.queue.residencyPerLoad)
            let turn = stay + Self.runSeconds + Self.unloadSeconds
            let bound = scenario.settings.queue.patienceSeconds + Double(models) * turn
            let waits = Waits(edge.steps)
            #expect(waits.served == scenario.requests, "\(run): \(waits.served) served")
            #expect(waits.longest <= bound, "\(run): waited \(waits.longest) s, bound \(bound) s")
        }
    }

    /// With few slots the wait depends on what has piled up, but whatever has, everyone is served in the end.
    @Test(arguments: PolicyCatalog.all)
    func everyoneIsServedWithFewSlots(policy: PolicyEntry) {
        for seed in seeds(2) {
            let scenario = contention(models: 3, seed: seed, parallel: 2)
            var edge = SimulatedEdge(policy, scenario, seed: seed)
            edge.run()
            let run = "\(policy), seed \(seed)"
            #expect(edge.audit.violations.isEmpty, "\(run): \(edge.audit.violations)")
            #expect(Waits(edge.steps).served == scenario.requests, "\(run): not everyone is served")
        }
    }

    /// An instance stays `residencyPerLoad` times as long as its load took before it may make room for another, so n
    /// loads of instances that exclude each other take at least (n - 1) loads and protections.
    @Test(arguments: PolicyCatalog.all)
    func protectionBoundsTheLoads(policy: PolicyEntry) {
        for seed in seeds(3) {
            var scenario = contention(models: 3, seed: seed)
            scenario.settings.queue.patienceSeconds = 0
            scenario.settings.queue.gateWaitSeconds = 0
            var edge = SimulatedEdge(policy, scenario, seed: seed)
            edge.run()
            let cycle = Self.loadSeconds * (1 + scenario.settings.queue.residencyPerLoad)
            let bound = 1 + Int(edge.clock.seconds / cycle)
            let loads = edge.planner.edge.ledger.loads
            #expect(loads <= bound, "\(policy), seed \(seed): \(loads) loads, at most \(bound)")
            #expect(loads >= 3, "\(policy), seed \(seed): \(loads) loads, but three models were asked for")
        }
    }

    /// A resident that is asked for without pause is drained for an instance that has lost patience, within the same
    /// bound.
    @Test(arguments: PolicyCatalog.all)
    func aBusyResidentCannotKeepOthersOut(policy: PolicyEntry) throws {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.residencyPerLoad = 1
        settings.queue.patienceSeconds = 5
        settings.queue.gateWaitSeconds = 0
        var script = try Script(policy.name, plainCatalogue(bytes: [60, 60], parallel: 2), settings)
        script.ask(0, 0, offloadable: false)
        script.at(1, .loadFinished(instance(0)))
        script.ask(1.5, 1, offloadable: false)
        // One request of model 0 always runs; the other slot runs nothing.
        script.ask(2, 0, offloadable: false)
        script.at(3, .requestFinished(request(0), tokens: 1))
        #expect(script.planner.nextWake == Time(seconds: 6.5))
        // Patience of 5 s from 1.5 s on: the resident drains, and what comes for it now must wait.
        #expect(script.at(6.5, .tick) == [])
        #expect(script.ask(7, 0, offloadable: false) == [.enqueue(request(3))])
        #expect(
            script.at(8, .requestFinished(request(2), tokens: 1))
                == [.beginUnload(instance(0), .evicted(for: instance(1)))])
        #expect(script.at(9, .unloadFinished(instance(0))) == [.beginLoad(instance(1))])
        #expect(script.at(10, .loadFinished(instance(1))).last == .dispatch(request(1), instance(1)))
    }

    /// Memory that a starving instance waits for is not given to others, even where it would be enough for them.
    @Test func noRequestOvertakesTheStarving() throws {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.residencyPerLoad = 1
        settings.queue.patienceSeconds = 5
        settings.queue.gateWaitSeconds = 0
        var script = try Script("lru", plainCatalogue(bytes: [60, 60, 30]), settings)
        // Model 0 loads for 10 s and is protected until 20 s; model 1 starves from 16 s on.
        script.ask(0, 0)
        script.at(10, .loadFinished(instance(0)))
        script.at(10, .requestFinished(request(0), tokens: 1))
        #expect(script.ask(11, 1, offloadable: false) == [.enqueue(request(1))])
        // 40 are free, model 2 takes 30.
        #expect(script.ask(17, 2) == [.offload(request(2), .notAdmitted)])
        #expect(script.ask(17, 2, offloadable: false) == [.enqueue(request(3))])
        #expect(script.planner.nextWake == Time(seconds: 20))
        // Model 1 gets 60, and what is left is now enough for model 2.
        #expect(
            script.at(20, .tick) == [.beginUnload(instance(0), .evicted(for: instance(1))), .beginLoad(instance(2))])
        #expect(script.at(21, .unloadFinished(instance(0))) == [.beginLoad(instance(1))])
    }
}

/// How long the requests of a recorded stream waited for their dispatch.
private struct Waits {
    var served = 0
    var longest = 0.0

    init(_ steps: [Step]) {
        var arrivals: [RequestID: Time] = [:]
        for step in steps {
            if case .requestArrived(let request, _, _, _, _) = step.event { arrivals[request] = step.time }
            for case .dispatch(let request, _) in step.effects {
                served += 1
                longest = max(longest, arrivals[request].map { step.time - $0 } ?? .infinity)
            }
        }
    }
}
