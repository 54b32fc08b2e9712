import EmberCore
import Testing

/// Several services on one instance.
@Suite struct SharedContextGoldens {
    @Test func variantsShareTheirBasesWeights() throws {
        let catalogue = plainCatalogue(bytes: [60, 0, 0], parallel: 2) { model, index in
            if index > 0 { model.base = ModelID(0) }
        }
        var script = try Script("lru", catalogue, PlannerSettings(budget: Bytes(60)))
        // One load serves the base and both variants; its two slots are theirs together.
        #expect(script.ask(0, 1, offloadable: false) == [.enqueue(request(0)), .beginLoad(instance(0))])
        #expect(script.ask(0, 2, offloadable: false) == [.enqueue(request(1))])
        #expect(script.ask(0, 0, offloadable: false) == [.enqueue(request(2))])
        #expect(
            script.at(1, .loadFinished(instance(0))) == [
                .dispatch(request(0), instance(0)),
                .dispatch(request(1), instance(0)),
            ])
        #expect(script.at(2, .requestFinished(request(0), tokens: 1)) == [.dispatch(request(2), instance(0))])
        #expect(script.edge.ledger.loads == 1 && script.edge.occupied == Bytes(60))
    }

    /// A model that has been resident since 0 s, and serves three services.
    private func script(retention: ContextRetention) throws -> Script {
        var settings = PlannerSettings(budget: Bytes(90))
        settings.retention = retention
        let catalogue = plainCatalogue(bytes: [60], services: 3, parallel: 2)
        var script = try Script("least-context", catalogue, settings)
        script.load(0, 0)
        return script
    }

    @Test(arguments: [(ContextRetention.lost, 0.0), (.kept, 1.6)])
    func everyServicesContextLeavesWithTheInstance(retention: ContextRetention, age: Double) throws {
        var script = try script(retention: retention)
        script.serve(1, 0, service: 0, times: 1)
        script.serve(2, 0, service: 1, times: 2)
        script.unload(6, 0)
        // Of service 1: two, faded by 0.1 a second for four seconds.
        #expect(script.edge.heldExamples(of: PairID(0)) == (retention == .lost ? 0 : 1))
        #expect(abs(script.edge.ageOfContext(of: PairID(1)) - age) < 1e-12)
    }

    @Test func whatTheDriverFindsHeldReplacesTheCount() throws {
        var script = try script(retention: .lost)
        script.serve(1, 0, service: 0, times: 3)
        // Seven demonstrations held, together worth 2.5: fading goes on from there, at 0.1 a second.
        script.at(2, .contextMeasured(service(0), ModelID(0), examples: 7, worth: 2.5))
        #expect(script.edge.heldExamples(of: PairID(0)) == 7)
        script.serve(4, 0, service: 0, times: 1)
        #expect(script.edge.heldExamples(of: PairID(0)) == 7)
        #expect(abs(script.edge.ageOfContext(of: PairID(0)) - 2.3) < 1e-12)
        // Worth no more than there is, and nothing where the service has asked nothing since the load.
        script.at(5, .contextMeasured(service(0), ModelID(0), examples: 2, worth: 9))
        #expect(script.edge.ageOfContext(of: PairID(0)) == 2)
        script.at(5, .contextMeasured(service(1), ModelID(0), examples: 2, worth: 2))
        #expect(script.edge.ageOfContext(of: PairID(1)) == 0)
    }
}
