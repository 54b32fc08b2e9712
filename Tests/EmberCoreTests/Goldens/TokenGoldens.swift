import EmberCore
import Testing

/// Pools of tokens (rules 47 and 48): scripts with exact effects.
@Suite struct TokenGoldens {
    /// Model 0 has a pool of 100 tokens, whatever its requests run on; model 1 has none, or model 0's.
    private func script(
        isVariant: Bool = false, parallel: Int = 4, _ settings: PlannerSettings = PlannerSettings(budget: Bytes(100))
    ) throws -> Script {
        let catalogue = plainCatalogue(bytes: [60, 30], parallel: parallel) { model, index in
            if index == 0 { model.poolTokens = 100 }
            if index == 1, isVariant { model.base = ModelID(0) }
        }
        var script = try Script("lru", catalogue, settings)
        script.load(0, 0)
        return script
    }

    private func arrival(_ id: Int, _ tokens: Int, model: Int = 0, deadline: Double? = nil) -> Event {
        .requestArrived(
            request(id), service: service(0), model: ModelID(model), offloadable: false,
            terms: RequestTerms(deadlineSeconds: deadline, tokens: tokens))
    }

    private func finished(_ id: Int) -> Event { .requestFinished(request(id), tokens: 1) }

    @Test func aRequestWaitsForItsTokensAndNoSmallerOnePasses() throws {
        var script = try script()
        #expect(script.at(1, arrival(0, 60)) == [.dispatch(request(0), instance(0))])
        #expect(script.at(1, arrival(1, 41)) == [.enqueue(request(1))])
        #expect(script.at(1, arrival(2, 10)) == [.enqueue(request(2))])
        #expect(
            script.at(2, finished(0)) == [.dispatch(request(1), instance(0)), .dispatch(request(2), instance(0))])
        #expect(script.edge[pool: instance(0)]?.reserved == 51)
        #expect(script.at(2, arrival(3, 49)) == [.dispatch(request(3), instance(0))])
        // One that counts none needs none.
        #expect(script.at(2, arrival(4, 0)) == [.dispatch(request(4), instance(0))])
        #expect(script.at(3, .requestCancelled(request(3))) == [])
        #expect(script.at(3, .requestFailed(request(1), retryable: false)) == [])
        #expect(script.edge[pool: instance(0)]?.reserved == 10)
    }

    @Test func oneThatMayHaveMoreThanThePoolRunsAlone() throws {
        var script = try script()
        #expect(script.at(1, arrival(0, 5000)) == [.dispatch(request(0), instance(0))])
        #expect(script.at(1, arrival(1, 1)) == [.enqueue(request(1))])
        #expect(script.at(2, finished(0)) == [.dispatch(request(1), instance(0))])
        #expect(script.at(2, arrival(2, 5000)) == [.enqueue(request(2))])
        #expect(script.at(3, finished(1)) == [.dispatch(request(2), instance(0))])
        #expect(script.edge[pool: instance(0)]?.reserved == 100)
    }

    @Test func whatIsCountedLetsOthersGoOn() throws {
        var script = try script()
        script.at(1, arrival(0, 90))
        #expect(script.at(1, arrival(1, 60)) == [.enqueue(request(1))])
        // It runs, and turns out smaller.
        #expect(script.at(2, .tokensCounted(request(0), 40)) == [.dispatch(request(1), instance(0))])
        // A bound never rises.
        #expect(script.at(2, .tokensCounted(request(0), 80)) == [])
        #expect(script.edge[pool: instance(0)]?.reserved == 100)
        // It waits, and turns out smaller.
        script.at(3, arrival(2, 70))
        #expect(script.at(3, finished(0)) == [])
        #expect(script.at(4, .tokensCounted(request(2), 40)) == [.dispatch(request(2), instance(0))])
        #expect(script.edge[pool: instance(0)]?.reserved == 100)
        #expect(script.at(5, finished(1)) == [] && script.at(5, finished(2)) == [])
        #expect(script.edge[pool: instance(0)]?.reserved == 0)
        #expect(script.at(6, .tokensCounted(request(2), 1)) == [], "it has ended")
    }

    @Test func idleConversationsGiveWay() throws {
        var script = try script()
        #expect(script.at(1, .tokensHeld(instance(0), 70)) == [])
        #expect(
            script.at(2, arrival(0, 50)) == [
                .makeRoom(instance(0), tokens: 20), .dispatch(request(0), instance(0)),
            ])
        // A conversation that has ended since holds 5 more than is left.
        #expect(script.at(3, .tokensHeld(instance(0), 55)) == [.makeRoom(instance(0), tokens: 5)])
        #expect(script.edge[pool: instance(0)]?.held == 50)
        #expect(script.at(4, .tokensHeld(instance(0), 30)) == [])
        #expect(script.at(4, arrival(1, 20)) == [.dispatch(request(1), instance(0))])
        // Each dispatch has its own.
        script.at(5, arrival(2, 60))
        #expect(
            script.at(6, finished(0)) == [.makeRoom(instance(0), tokens: 10), .dispatch(request(2), instance(0))])
        // Of one without a pool nothing is counted.
        #expect(script.at(7, .tokensHeld(instance(1), 1 << 40)) == [])
        #expect(script.edge[pool: instance(1)] == nil)
    }

    @Test func aLifeThatEndsFreesItsTokens() throws {
        var script = try script()
        script.at(1, .tokensHeld(instance(0), 30))
        script.at(1, arrival(0, 60))
        script.at(2, .engineDied(instance(0)))
        #expect(script.edge[pool: instance(0)] == nil)
        script.at(3, .tick)
        script.load(3, 0)
        #expect(script.at(4, arrival(1, 100)) == [.dispatch(request(1), instance(0))])
        // What ran in the life before has nothing of this one.
        #expect(script.at(5, .requestFailed(request(0), retryable: false)) == [])
        #expect(script.edge[pool: instance(0)]?.reserved == 100)
        #expect(script.at(5, arrival(2, 1)) == [.enqueue(request(2))])
        script.at(6, .requestCancelled(request(2)))
        script.at(6, .unloadRequested(instance(0)))
        #expect(script.edge[pool: instance(0)]?.reserved == 100, "it drains")
        #expect(script.at(7, finished(1)) == [.beginUnload(instance(0), .requested)])
        #expect(script.edge[pool: instance(0)] == nil)
    }

    @Test func aVariantsRequestsCountOnItsBase() throws {
        var script = try script(isVariant: true)
        script.at(1, arrival(0, 60))
        #expect(script.at(1, arrival(1, 60, model: 1)) == [.enqueue(request(1))])
        #expect(script.at(2, finished(0)) == [.dispatch(request(1), instance(0))])
        #expect(script.edge[pool: instance(0)]?.reserved == 60)
    }

    /// As where no slot is free: what may not wait ends at once.
    @Test func whatMayNotWaitDoesNotWaitForTokens() throws {
        var script = try script()
        script.at(1, arrival(0, 60))
        // Requests take 4 s.
        script.at(5, finished(0))
        script.at(6, arrival(1, 60))
        #expect(script.at(6, arrival(2, 41, deadline: 0)) == [.reject(request(2), .deadline)])
        #expect(script.at(6, arrival(2, 41, deadline: 0.9)) == [.reject(request(2), .deadline)])
        #expect(script.at(6, arrival(2, 41, deadline: 1)) == [.enqueue(request(2))])
        script.at(6, .requestCancelled(request(2)))
        #expect(script.at(6, arrival(2, 40, deadline: 0)) == [.dispatch(request(2), instance(0))])
    }

    /// Model 1 costs a little more than model 0 where tokens are free, and less than waiting for them.
    @Test func aStandInTakesWhatWouldWaitForTokens() throws {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.weights = CostWeights()
        var catalogue = plainCatalogue(bytes: [60, 30], parallel: 4) { model, index in
            if index == 0 { model.poolTokens = 100 }
            model.costs = CostRates(wrongAnswer: index == 0 ? 0 : 0.1)
            model.accuracy = .constant(0.5)
        }
        catalogue = Catalogue(
            models: catalogue.models, services: [ServiceSpec(name: "s", standIns: [ModelID(1)])])
        var script = try Script("lru", catalogue, settings)
        script.load(0, 0)
        script.load(0, 1)
        #expect(script.at(1, arrival(0, 60)) == [.dispatch(request(0), instance(0))])
        script.at(5, finished(0))
        #expect(script.at(6, arrival(0, 60)) == [.dispatch(request(0), instance(0))])
        #expect(script.at(6, arrival(1, 40)) == [.dispatch(request(1), instance(0))])
        #expect(script.at(6, arrival(2, 1)) == [.dispatch(request(2), instance(1))])
    }

    /// What an engine was started with does not change with the configuration.
    @Test func aResidentKeepsItsPool() throws {
        var script = try script()
        script.at(1, arrival(0, 60))
        var models = script.edge.catalogue.models
        models[0].poolTokens = 300
        let change = CatalogueChange(
            models: models, services: script.edge.catalogue.services, newModels: [ModelID(0), ModelID(1)],
            newServices: [ServiceID(0)])
        let written = RecordedEvent(
            time: .zero, event: .catalogueChanged(change), digest: EffectDigest([]))
        #expect(RecordedEvent(line: written.line) == written)
        #expect(script.at(2, .catalogueChanged(change)) == [])
        #expect(script.at(2, arrival(1, 60)) == [.enqueue(request(1))])
        #expect(script.at(3, finished(0)) == [.dispatch(request(1), instance(0))])
        script.at(4, finished(1))
        script.unload(4, 0)
        script.load(5, 0)
        #expect(script.edge[pool: instance(0)]?.limit == 300)
    }

    @Test(arguments: [
        ("1.0 a 3 0 1 0 0 t4096 #811c9dc5", RequestTerms(tokens: 4096)),
        ("1.0 a 3 0 1 0 0 d2.5 k1 t7 #811c9dc5", RequestTerms(deadlineSeconds: 2.5, deaths: 1, tokens: 7)),
        ("1.0 a 3 0 1 0 0 #811c9dc5", RequestTerms()),
    ])
    func boundsAreWrittenWhereThereAreAny(line: String, terms: RequestTerms) {
        let event = Event.requestArrived(
            request(3), service: service(0), model: ModelID(1), offloadable: false, terms: terms)
        let written = RecordedEvent(time: Time(seconds: 1), event: event, digest: EffectDigest([]))
        #expect(written.line == line && RecordedEvent(line: line) == written)
    }

    @Test(arguments: [
        ("1.0 N 3 77 #811c9dc5", Event.tokensCounted(RequestID(3), 77)),
        ("1.0 H 1 5000 #811c9dc5", .tokensHeld(InstanceID(1), 5000)),
    ])
    func reportsAreWritten(line: String, event: Event) {
        let written = RecordedEvent(time: Time(seconds: 1), event: event, digest: EffectDigest([]))
        #expect(written.line == line && RecordedEvent(line: line) == written)
    }
}
