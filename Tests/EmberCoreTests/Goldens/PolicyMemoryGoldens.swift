import EmberCore
import Testing

/// What policies remember beyond the residents of the moment.
@Suite struct PolicyMemoryGoldens {
    /// Model 0 serves 3 requests at 1 s and is unloaded at 2 s; model 1 takes the memory and serves one at 3 s.
    private func swapped(_ retention: ContextRetention) throws -> Script {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.retention = retention
        var script = try Script("least-context-gated", plainCatalogue(bytes: [60, 60]), settings)
        script.load(0, 0)
        script.serve(1, 0, times: 3)
        script.unload(2, 0)
        script.load(3, 1)
        script.serve(3, 1, times: 1)
        return script
    }

    @Test func storedContextBeatsAResidents() throws {
        var script = try swapped(.kept)
        // At 5 s: 3 - 0.1 x 4 = 2.6 in store against 1 - 0.1 x 2 = 0.8 in memory.
        #expect(
            script.ask(5, 0) == [.beginUnload(instance(1), .evicted(for: instance(0))), .enqueue(request(4))])
        #expect(script.at(6, .unloadFinished(instance(1))) == [.beginLoad(instance(0))])
        // Back in memory it still has what it had: 3 - 0.1 x 7 = 2.3 at 8 s.
        script.at(8, .loadFinished(instance(0)))
        #expect(abs(script.edge.ageOfContext(of: instance(0)) - 2.3) < 1e-12)
    }

    @Test func storedContextLosesToFresher() throws {
        var script = try swapped(.kept)
        script.serve(4, 1, times: 2)
        // At 5 s: 2.6 in store against 1 - 0.1 + 2 - 0.1 = 2.8 in memory.
        #expect(script.ask(5, 0) == [.offload(request(6), .notAdmitted)])
    }

    @Test func lostContextHasNoClaim() throws {
        var script = try swapped(.lost)
        #expect(script.ask(5, 0) == [.offload(request(4), .notAdmitted)])
        #expect(script.edge.ageOfContext(of: instance(0)) == 0)
    }

    /// GDSF: L rises to the victim's priority, so that a newer resident outlives one asked for more often long ago.
    @Test func greedyDualAgesOldPopularity() throws {
        var script = try Script("gdsf", plainCatalogue(bytes: [40, 40, 40, 40]), PlannerSettings(budget: Bytes(80)))
        script.load(0, 0)
        script.load(0, 1)
        script.serve(1, 0, times: 5)
        script.serve(1, 1, times: 5)
        // Both have 5 x 1 / 40 = 0.125; the lower id goes, and L becomes 0.125.
        #expect(
            script.ask(2, 2) == [.beginUnload(instance(0), .evicted(for: instance(2))), .enqueue(request(10))])
        script.at(2, .unloadFinished(instance(0)))
        script.at(2, .loadFinished(instance(2)))
        script.at(3, .requestFinished(request(10), tokens: 0))
        // Model 2 now has 0.125 + 2 x 1 / 40 = 0.175 after two requests, model 1 still 0.125 after five.
        script.serve(3, 2, times: 1)
        #expect(
            script.ask(4, 3) == [.beginUnload(instance(1), .evicted(for: instance(3))), .enqueue(request(12))])
    }

    /// The first outputs of SplitMix64 for the seed 1234567, as published with the algorithm.
    @Test func theGeneratorIsSplitMix64() {
        var generator = SeededGenerator(seed: 1_234_567)
        let outputs = (0..<5).map { _ in generator.next() }
        #expect(
            outputs == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }
}
