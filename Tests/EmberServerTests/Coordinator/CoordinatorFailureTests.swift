import EmberCore
import Testing

@testable import EmberServer

@Suite struct CoordinatorFailureTests {
    /// An upstream that asks for a pause is disabled, also for requests that wait and would go to it.
    @Test func waitingRequestsGoToAnotherUpstream() async throws {
        var model = edgeModel("m")
        let (sky, moon) = (
            CloudTarget.at("http://127.0.0.1:1/v1"), CloudTarget.at("http://127.0.0.1:2/v1", name: "moon")
        )
        model.clouds = [sky, moon]
        let station = try Station([model])
        _ = station.starter.holdNextStart(of: "m")
        let admission = await station.coordinator.admit(
            service: station.service, model: station.id("m"), terms: RequestTerms(deadlineSeconds: 0.5))
        #expect(admission.outcome == nil)
        await station.coordinator.within { $0.upstreams.record(sky, .busy(retryAfterSeconds: 60), at: $0.now) }
        let offload = try #require(await station.outcome(of: admission.ticket).offload)
        #expect(offload.target.upstream.name == "moon" && offload.reason == .deadline)
        await station.coordinator.finish(admission.ticket, tokens: 1)
        #expect(station.audit.violations == [])
    }

    @Test func requestOfADeadEngineGoesToANewOne() async throws {
        let station = try Station([edgeModel("m")])
        let (ticket, outcome) = await station.run("m")
        let dead = try #require(outcome.engine)
        dead.die()
        await station.coordinator.confirm(try #require(outcome.route))
        await station.coordinator.fail(ticket, retryable: true)
        let second = await station.outcome(of: ticket)
        let engine = try #require(second.engine)
        #expect(engine !== dead)
        #expect(station.starter.attempts == ["m", "m"])
        await station.coordinator.finish(ticket, tokens: 1)
        #expect(await station.isIdle())
        #expect(station.audit.violations == [])
    }

    @Test func exhaustedRetriesAreTheEnginesFault() async throws {
        let station = try Station([edgeModel("m")]) { $0.failures.retryLimit = 1 }
        let (ticket, first) = await station.run("m")
        var outcome = first
        for _ in 1...2 {
            let route = try #require(outcome.route)
            outcome.engine?.die()
            await station.coordinator.confirm(route)
            await station.coordinator.fail(ticket, retryable: true)
            outcome = await station.outcome(of: ticket)
        }
        #expect(outcome.rejection == .engineFailed)
        #expect(outcome.refusal?.message.contains("signal 9") == true)
        #expect(outcome.refusal?.retryAfterSeconds == 1)
        #expect(await station.isIdle())
        #expect(station.audit.violations == [])
    }

    /// The engine lives on, only the connection broke.
    @Test func requestOfALivingEngineIsTriedThereAgain() async throws {
        let station = try Station([edgeModel("m")])
        let (ticket, outcome) = await station.run("m")
        await station.coordinator.confirm(try #require(outcome.route))
        await station.coordinator.fail(ticket, retryable: true)
        #expect(await station.outcome(of: ticket).engine === outcome.engine)
        #expect(station.starter.attempts == ["m"])
    }

    @Test func failureThatCannotBeRetriedEndsTheRequest() async throws {
        let station = try Station([edgeModel("m")])
        let (ticket, _) = await station.run("m")
        await station.coordinator.fail(ticket, retryable: false)
        #expect(await station.isIdle())
        #expect(await station.outcome(of: ticket).isClientGone)
        #expect(await station.admit("m").outcome.route != nil)
    }

    @Test(arguments: [true, false])
    func failureOfAnOffloadedRequestEndsIt(_ retryable: Bool) async throws {
        let station = try Station([cloudModel("far", .at("http://127.0.0.1:1/v1"))])
        let (ticket, outcome) = await station.run("far")
        #expect(outcome.offload != nil)
        await station.coordinator.fail(ticket, retryable: retryable)
        #expect(await station.isIdle())
        #expect(await station.outcome(of: ticket).refusal != nil, "no place would ever answer")
        // Its id is free for the next request, and the old ticket has no power over that.
        let next = await station.admit("far")
        #expect(next.ticket.request == ticket.request)
        await station.coordinator.cancel(ticket)
        #expect(station.audit.liveCount == 1)
        #expect(await station.coordinator.state().cost.cloudRequests == 0)
        #expect(station.audit.violations == [])
    }

    @Test func deathWithoutRequestsIsNoticedAndRemembered() async throws {
        let station = try Station([edgeModel("m")])
        let (ticket, outcome) = await station.run("m")
        await station.coordinator.finish(ticket, tokens: 0)
        outcome.engine?.die()
        #expect(await station.becomes(.unloaded, "m"))
        #expect(await station.view(of: "m").engine.failure?.contains("signal 9") == true)
        #expect(await station.coordinator.state().memory.occupiedBytes == 0)
    }

    @Test func preloadedModelComesBackByItself() async throws {
        let station = try Station([edgeModel("m", bytes: 50, isPreloaded: true), edgeModel("other", bytes: 50)])
        await station.coordinator.preload()
        #expect(await station.becomes(.loaded, "m"))
        let (ticket, other) = await station.run("other")
        await station.coordinator.finish(ticket, tokens: 0)
        for engine in station.starter.engines { engine.die() }
        #expect(await station.becomes(.unloaded, "other"))
        #expect(await eventually { station.starter.attempts == ["m", "other", "m"] })
        #expect(await station.becomes(.loaded, "m"))
        #expect(other.engine?.hasEnded == true)
    }

    @Test func preloadedModelThatFailsTooOftenIsLeftToItsNextRequest() async throws {
        let station = try Station([edgeModel("m", isPreloaded: true)]) { $0.failures.failureLimit = 3 }
        station.starter.setFailing(true, "m")
        await station.coordinator.preload()
        #expect(await eventually { station.starter.attempts == ["m", "m", "m"] })
        // Longer than the backoff that follows the third failure.
        try await Task.sleep(for: .milliseconds(300))
        #expect(station.starter.attempts == ["m", "m", "m"])
    }

    @Test func deathOfAnEngineThatIsBeingStoppedIsNoFailure() async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdStops(of: "m")
        let (ticket, outcome) = await station.run("m")
        await station.coordinator.finish(ticket, tokens: 0)
        await station.coordinator.unload(station.id("m"))
        outcome.engine?.die()
        gate.open()
        #expect(await station.becomes(.unloaded, "m"))
        #expect(await station.view(of: "m").engine.failures == 0)
    }

    /// The news of a death may come after the engine's successor is there.
    @Test func lateWordsOfAnEarlierLifeChangeNothing() async throws {
        let station = try Station([edgeModel("m", parallel: 2)])
        let (first, outcome) = await station.run("m")
        let route = try #require(outcome.route)
        outcome.engine?.die()
        #expect(await station.becomes(.unloaded, "m"))
        let (_, second) = await station.run("m")
        await station.coordinator.confirm(route)
        await station.coordinator.finish(first, tokens: 1)
        #expect(await station.view(of: "m").status == .loaded)
        #expect(await station.view(of: "m").inFlight == 1)
        #expect(second.engine?.hasEnded == false)
        #expect(station.audit.violations == [])
    }
}
