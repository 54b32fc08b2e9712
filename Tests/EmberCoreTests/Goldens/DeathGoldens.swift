import EmberCore
import Testing

/// Engines that die of what they run (rule 26): scripts with exact effects.
@Suite struct DeathGoldens {
    private var settings: PlannerSettings {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.failures.retryLimit = 1
        settings.failures.failureLimit = 2
        settings.failures.deathLimit = 3
        settings.failures.backoffSeconds = 1
        return settings
    }

    private func script(parallel: Int = 2, _ settings: PlannerSettings? = nil) throws -> Script {
        var script = try Script("lru", plainCatalogue(bytes: [60], parallel: parallel), settings ?? self.settings)
        script.load(0, 0)
        return script
    }

    /// The engine dies at that instant, is back a second later, and what it ran is tried again.
    private func die(_ script: inout Script, at seconds: Double, running requests: [Int]) -> [Effect] {
        script.at(seconds, .engineDied(instance(0)))
        for index in requests { script.at(seconds, .requestFailed(request(index), retryable: true)) }
        script.at(seconds + 1, .tick)
        return script.at(seconds + 1, .loadFinished(instance(0)))
    }

    @Test func whatRanAtADeathRunsAloneAndASecondDeathEndsIt() throws {
        var script = try script()
        for _ in 0..<2 { script.ask(1, 0, offloadable: false) }
        #expect(die(&script, at: 2, running: [0, 1]) == [.dispatch(request(0), instance(0))])
        #expect(script.edge[instance(0)].deaths == 1 && script.edge[instance(0)].failures == 0)
        // Nothing runs beside a suspect, and a suspect beside nothing.
        #expect(script.ask(3, 0, offloadable: false) == [.enqueue(request(2))])
        script.at(4, .engineDied(instance(0)))
        #expect(script.at(4, .requestFailed(request(0), retryable: true)) == [.reject(request(0), .engineFailed)])
        script.at(5, .tick)
        #expect(script.at(5, .loadFinished(instance(0))) == [.dispatch(request(1), instance(0))])
        #expect(script.at(6, .requestFinished(request(1), tokens: 1)) == [.dispatch(request(2), instance(0))])
        #expect(script.edge[instance(0)].deaths == 0)
        #expect(script.ask(6, 0, offloadable: false) == [.dispatch(request(3), instance(0))])
    }

    @Test func aRequestLikeOneThatAnEngineHasDiedOfRunsAlone() throws {
        var script = try script()
        script.ask(1, 0, offloadable: false)
        let suspect = RequestTerms(deaths: 1)
        #expect(script.at(1, arrival(7, suspect)) == [.enqueue(request(7))])
        #expect(script.at(2, .requestFinished(request(0), tokens: 1)) == [.dispatch(request(7), instance(0))])
        script.at(3, .engineDied(instance(0)))
        #expect(script.at(3, .requestFailed(request(7), retryable: true)) == [.reject(request(7), .engineFailed)])
    }

    @Test func whatMayLeaveGoesToTheCloud() throws {
        var script = try script()
        script.ask(1, 0)
        script.at(2, .engineDied(instance(0)))
        #expect(script.at(2, .requestFailed(request(0), retryable: true)) == [.offload(request(0), .engineFailed)])
        // Until the engine may start again, what else may leave does.
        #expect(script.ask(2.5, 0) == [.offload(request(1), .engineFailed)])
    }

    @Test func manyDeathsInARowAreTheEnginesFault() throws {
        var settings = settings
        settings.failures.retryLimit = 9
        var script = try script(settings)
        var instant = 1.0
        for round in 0..<3 {
            script.ask(instant, 0, offloadable: false)
            script.at(instant, .engineDied(instance(0)))
            script.at(instant, .requestCancelled(request(round)))
            script.at(instant + 1, .loadRequested(instance(0)))
            script.at(instant + 1, .loadFinished(instance(0)))
            instant += 2
        }
        #expect(script.edge[instance(0)].deaths == 3 && script.edge[instance(0)].failures == 0)
        // The fourth and the fifth are failures too, and two of these are the limit.
        for failures in 1...2 {
            script.ask(instant, 0, offloadable: false)
            script.at(instant, .engineDied(instance(0)))
            script.at(instant, .requestCancelled(request(2 + failures)))
            #expect(script.edge[instance(0)].failures == failures)
            if failures == 1 {
                script.at(instant + 1, .loadRequested(instance(0)))
                script.at(instant + 1, .loadFinished(instance(0)))
                instant += 2
            }
        }
        #expect(script.ask(instant + 1, 0, offloadable: false) == [.reject(request(5), .modelFailed)])
        // After the backoff the next request is a trial, and an answer ends both rows.
        #expect(script.ask(instant + 2, 0, offloadable: false) == [.enqueue(request(6)), .beginLoad(instance(0))])
        script.at(instant + 3, .loadFinished(instance(0)))
        script.at(instant + 4, .requestFinished(request(6), tokens: 1))
        #expect(script.edge[instance(0)].deaths == 0 && script.edge[instance(0)].failures == 0)
    }

    @Test func aDeathBeforeAnyRequestIsAFailure() throws {
        var script = try script()
        script.at(1, .engineDied(instance(0)))
        #expect(script.edge[instance(0)].deaths == 0 && script.edge[instance(0)].failures == 1)
    }

    private func arrival(_ index: Int, _ terms: RequestTerms) -> Event {
        .requestArrived(request(index), service: service(0), model: ModelID(0), offloadable: false, terms: terms)
    }
}
