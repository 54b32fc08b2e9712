import EmberCore
import Testing

/// Several services on one instance, whose contexts take memory of their own.
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
                .attachContext(instance(0), service(0)), .dispatch(request(0), instance(0)),
                .dispatch(request(1), instance(0)),
            ])
        #expect(script.at(2, .requestFinished(request(0), tokens: 1)) == [.dispatch(request(2), instance(0))])
        #expect(script.edge.ledger.loads == 1 && script.edge.occupied == Bytes(60))
    }

    /// A model of 60 with 20 for each further context, resident since 0 s, in a budget that holds two contexts.
    private func script(retention: ContextRetention = .lost, parallel: Int = 2) throws -> Script {
        var settings = PlannerSettings(budget: Bytes(90))
        settings.retention = retention
        let catalogue = plainCatalogue(bytes: [60], services: 3, parallel: parallel) { model, _ in
            model.contextBytes = Bytes(20)
        }
        var script = try Script("least-context", catalogue, settings)
        script.load(0, 0)
        return script
    }

    @Test func aFurtherServiceTakesFreeMemoryThenTheLeastContext() throws {
        var script = try script()
        script.serve(1, 0, service: 0, times: 1)
        #expect(script.edge.occupied == Bytes(60))
        script.serve(2, 0, service: 1, times: 2)
        #expect(script.edge.occupied == Bytes(80))
        // 80 + 20 > 90. At 3 s service 0 has 1 - 0.2 = 0.8, service 1 has 2 - 0.1 = 1.9.
        #expect(
            script.ask(3, 0, service: 2) == [
                .dropContext(instance(0), service(0)), .attachContext(instance(0), service(2)),
                .dispatch(request(3), instance(0)),
            ])
        #expect(script.edge.heldExamples(of: PairID(0)) == 0)
        #expect(script.edge.heldExamples(of: PairID(1)) == 2)
    }

    @Test func keptContextIsThereAgainWhenAttached() throws {
        var script = try script(retention: .kept)
        script.serve(1, 0, service: 0, times: 1)
        script.serve(2, 0, service: 1, times: 2)
        script.serve(3, 0, service: 2, times: 1)
        #expect(script.edge.heldExamples(of: PairID(0)) == 1)
        #expect(abs(script.edge.ageOfContext(of: PairID(0)) - 0.8) < 1e-12)
    }

    @Test func aContextInUseIsNotDroppedAndItsHeirWaits() throws {
        var script = try script(parallel: 3)
        script.ask(1, 0, service: 0)
        script.ask(1, 0, service: 1)
        #expect(script.ask(1, 0, service: 2) == [.enqueue(request(2))])
        // First come, first served: service 0 has a context and a slot is free, but request 2 was first.
        #expect(script.ask(1, 0, service: 0) == [.enqueue(request(3))])
        // When the client of request 2 goes, request 3 need not wait for anything else.
        #expect(script.at(2, .requestCancelled(request(2))) == [.dispatch(request(3), instance(0))])
    }

    @Test func footprintShrinksWithTheContexts() throws {
        var script = try script()
        script.serve(1, 0, service: 0, times: 1)
        script.serve(1, 0, service: 1, times: 1)
        // Measured 70 with two contexts: 50 with one.
        script.at(2, .footprintMeasured(instance(0), Bytes(70)))
        script.unload(3, 0)
        #expect(script.edge[instance(0)].footprint == Bytes(50))
    }

    @Test func aSmallMeasurementNeverMakesAFootprintNegative() throws {
        var script = try script()
        script.serve(1, 0, service: 0, times: 1)
        script.serve(1, 0, service: 1, times: 1)
        // Measured 10 with two contexts of 20 each: 5 for each of them.
        script.at(2, .footprintMeasured(instance(0), Bytes(10)))
        script.unload(3, 0)
        #expect(script.edge[instance(0)].footprint == Bytes(5))
    }

    @Test func whatTheDriverFindsHeldReplacesTheCount() throws {
        var script = try script()
        script.serve(1, 0, service: 0, times: 3)
        // Seven demonstrations held, together worth 2.5: fading goes on from there, at 0.1 a second.
        script.at(2, .contextMeasured(service(0), ModelID(0), examples: 7, worth: 2.5))
        #expect(script.edge.heldExamples(of: PairID(0)) == 7)
        script.serve(4, 0, service: 0, times: 1)
        #expect(script.edge.heldExamples(of: PairID(0)) == 7)
        #expect(abs(script.edge.ageOfContext(of: PairID(0)) - 2.3) < 1e-12)
        // Worth no more than there is, and nothing where no context is attached.
        script.at(5, .contextMeasured(service(0), ModelID(0), examples: 2, worth: 9))
        #expect(script.edge.ageOfContext(of: PairID(0)) == 2)
        script.at(5, .contextMeasured(service(1), ModelID(0), examples: 2, worth: 2))
        #expect(script.edge.ageOfContext(of: PairID(1)) == 0)
    }
}
