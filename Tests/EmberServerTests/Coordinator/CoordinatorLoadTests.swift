import EmberCore
import Testing

@testable import EmberServer

@Suite struct CoordinatorLoadTests {
    @Test func requestWaitsForTheLoadAndGetsItsEngine() async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdNextStart(of: "m")
        let admission = await station.admit("m")
        #expect(admission.outcome == nil)
        #expect(await station.view(of: "m").status == .loading)
        #expect(await station.view(of: "m").waiting == 1)
        gate.open()
        let outcome = await station.outcome(of: admission.ticket)
        #expect(outcome.route?.instance == InstanceID(0))
        #expect(outcome.engine === station.starter.engines.first)
        #expect(await station.view(of: "m").inFlight == 1)
        await station.coordinator.finish(admission.ticket, tokens: 5)
        #expect(await station.isIdle())
        #expect(await station.view(of: "m").status == .loaded)
        #expect(await station.coordinator.state().cost.edgeRequests == 1)
    }

    @Test func secondRequestGoesToTheSameEngineAtOnce() async throws {
        let station = try Station([edgeModel("m", parallel: 2)])
        let first = await station.run("m")
        let second = await station.admit("m")
        #expect(second.outcome.engine === first.outcome.engine)
        #expect(station.starter.attempts == ["m"])
    }

    @Test func requestsOfOneSlotAreServedInTurn() async throws {
        let station = try Station([edgeModel("m")])
        let first = await station.run("m")
        let second = await station.admit("m")
        let third = await station.admit("m")
        #expect(second.outcome == nil && third.outcome == nil)
        await station.coordinator.finish(first.ticket, tokens: 0)
        #expect(await station.outcome(of: second.ticket).route != nil)
        #expect(await station.view(of: "m").waiting == 1)
        await station.coordinator.finish(second.ticket, tokens: 0)
        #expect(await station.outcome(of: third.ticket).route != nil)
    }

    @Test func modelsThatExcludeEachOtherTakeTurns() async throws {
        let station = try Station([edgeModel("a"), edgeModel("b")])
        let first = await station.run("a")
        let engine = try #require(first.outcome.engine)
        let second = await station.admit("b")
        #expect(second.outcome == nil)
        #expect(engine.stopCalls == 0)
        await station.coordinator.finish(first.ticket, tokens: 0)
        let outcome = await station.outcome(of: second.ticket)
        #expect(outcome.engine?.model == "b")
        #expect(engine.stopCalls == 1)
        #expect(await station.view(of: "a").status == .unloaded)
        let state = await station.coordinator.state()
        #expect(state.memory.occupiedBytes == 60)
        #expect(state.decisions.first?.newcomer == "b")
        #expect(state.decisions.first?.victims == ["a"])
    }

    @Test func loadBeginsOnlyOnceTheVictimHasStopped() async throws {
        let station = try Station([edgeModel("a"), edgeModel("b")])
        let gate = station.starter.holdStops(of: "a")
        let first = await station.run("a")
        await station.coordinator.finish(first.ticket, tokens: 0)
        let second = await station.admit("b")
        #expect(await station.becomes(.unloading, "a"))
        #expect(station.starter.attempts == ["a"])
        gate.open()
        #expect(await station.outcome(of: second.ticket).engine?.model == "b")
    }

    @Test func preloadFollowsTheConfigurationAndEvictsNothing() async throws {
        let station = try Station([
            edgeModel("idle", bytes: 10), edgeModel("second", bytes: 50, isPreloaded: true),
            edgeModel("third", bytes: 40, isPreloaded: true), edgeModel("late", bytes: 30, isPreloaded: true),
        ])
        await station.coordinator.preload()
        #expect(await station.becomes(.loaded, "second"))
        #expect(await station.becomes(.loaded, "third"))
        #expect(station.starter.attempts.sorted() == ["second", "third"])
        #expect(await station.view(of: "late").status == .unloaded)
        #expect(station.starter.engines.allSatisfy { $0.stopCalls == 0 })
    }

    @Test func operatorLoadsAndUnloads() async throws {
        let station = try Station([edgeModel("m")])
        await station.coordinator.load(station.id("m"))
        #expect(await station.becomes(.loaded, "m"))
        await station.coordinator.load(station.id("m"))
        #expect(station.starter.attempts == ["m"])
        await station.coordinator.unload(station.id("m"))
        #expect(await station.becomes(.unloaded, "m"))
        #expect(station.starter.engines.map(\.stopCalls) == [1])
    }

    @Test func unloadWaitsForTheRunningRequest() async throws {
        let station = try Station([edgeModel("m")])
        let running = await station.run("m")
        await station.coordinator.unload(station.id("m"))
        #expect(await station.view(of: "m").status == .unloading)
        #expect(running.outcome.engine?.stopCalls == 0)
        await station.coordinator.finish(running.ticket, tokens: 0)
        #expect(await station.becomes(.unloaded, "m"))
        #expect(running.outcome.engine?.stopCalls == 1)
    }
}
