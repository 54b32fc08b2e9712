import EmberCore
import Testing

@testable import EmberServer

@Suite struct CoordinatorShutdownTests {
    /// False when it has not ended within the tests' patience.
    private func shutDown(_ station: Station) async -> Bool {
        await value { await station.coordinator.shutDown() } != nil
    }

    @Test func stopsAllEnginesAndWaitsForTheirEnd() async throws {
        let station = try Station([edgeModel("a", bytes: 40), edgeModel("b", bytes: 40)])
        for model in ["a", "b"] { _ = await station.run(model) }
        #expect(await shutDown(station))
        #expect(station.starter.engines.map(\.stopCalls) == [1, 1])
        #expect(station.starter.engines.map(\.hasEnded) == [true, true])
    }

    @Test func waitsForEnginesThatAreBeingUnloaded() async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdStops(of: "m")
        let (ticket, outcome) = await station.run("m")
        await station.coordinator.finish(ticket, tokens: 0)
        await station.coordinator.unload(station.id("m"))
        let engine = try #require(outcome.engine)
        #expect(await eventually { engine.stopCalls == 1 })
        let opening = Task {
            try? await Task.sleep(for: .milliseconds(50))
            gate.open()
        }
        #expect(await shutDown(station))
        #expect(engine.hasEnded)
        await opening.value
    }

    @Test func refusesWhoeverWaits() async throws {
        let station = try Station([edgeModel("m")])
        _ = station.starter.holdNextStart(of: "m")
        let admission = await station.admit("m")
        let waiting = Task { await station.coordinator.outcome(of: admission.ticket) }
        let isWaiting = await eventually { await station.view(of: "m").waiting == 1 }
        #expect(isWaiting)
        #expect(await shutDown(station))
        let outcome = await value { await waiting.value }
        #expect(outcome.isShuttingDown)
        #expect(outcome.refusal?.retryAfterSeconds == 5)
    }

    /// A stream between two pings waits for nothing at that moment.
    @Test func refusesWhoeverAsksOnlyAfterwards() async throws {
        let station = try Station([edgeModel("m")])
        _ = station.starter.holdNextStart(of: "m")
        let admission = await station.admit("m")
        #expect(await station.coordinator.outcome(of: admission.ticket, within: 0.01) == nil)
        #expect(await shutDown(station))
        #expect(await station.outcome(of: admission.ticket).isShuttingDown)
    }

    @Test func refusesTheRetryOfARequestWhoseEngineItStopped() async throws {
        let station = try Station([edgeModel("m")])
        let (ticket, _) = await station.run("m")
        #expect(await shutDown(station))
        await station.coordinator.fail(ticket, retryable: true)
        #expect(await station.outcome(of: ticket).isShuttingDown)
    }

    @Test func refusesNewRequests() async throws {
        let station = try Station([edgeModel("m")])
        #expect(await shutDown(station))
        #expect(await station.admit("m").outcome.isShuttingDown)
        await station.coordinator.load(station.id("m"))
        await station.coordinator.preload()
        #expect(station.starter.attempts == [])
    }

    @Test func cancelsLoads() async throws {
        let station = try Station([edgeModel("m")])
        _ = station.starter.holdNextStart(of: "m")
        await station.coordinator.load(station.id("m"))
        #expect(await eventually { station.starter.attempts == ["m"] })
        #expect(await shutDown(station))
        #expect(station.starter.cancelledStarts == 1)
        #expect(station.starter.engines.isEmpty)
    }

    // MARK: The drain

    @Test func aDrainRefusesWhatWaitsAndLetsRunningOnesFinish() async throws {
        let station = try Station([edgeModel("m"), edgeModel("other", bytes: 30)])
        let (ticket, _) = await station.run("m")
        let waiting = [await station.admit("m").ticket, await station.admit("m").ticket]
        let outcome = Task { await station.coordinator.outcome(of: waiting[0]) }
        await station.coordinator.beginDrain()
        #expect(await value { await outcome.value }.isShuttingDown)
        #expect(await station.outcome(of: waiting[1]).isShuttingDown)
        #expect(await station.admit("other").outcome.isShuttingDown)
        #expect(station.starter.attempts == ["m"])
        #expect(await station.coordinator.liveRequests == 1)
        await station.coordinator.finish(ticket, tokens: 3)
        #expect(await station.coordinator.liveRequests == 0)
        #expect(await station.isIdle())
        #expect(station.audit.violations == [])
    }

    @Test func aDrainEndsLoadsAndTakesInNone() async throws {
        let station = try Station([edgeModel("m", isPreloaded: true), edgeModel("n", bytes: 40)])
        _ = station.starter.holdNextStart(of: "m")
        await station.coordinator.load(station.id("m"))
        let waiting = Task { await station.coordinator.awaitChange(.load, of: station.id("m"), within: nil) }
        #expect(await eventually { station.starter.attempts == ["m"] })
        #expect(await eventually { await !station.coordinator.awaitsNoChange })
        await station.coordinator.beginDrain()
        #expect(await value { await waiting.value }?.refusal?.reason.isShuttingDown == true)
        #expect(await eventually { station.starter.cancelledStarts == 1 })
        #expect(await station.becomes(.unloaded, "m"))
        #expect(await station.coordinator.load(station.id("n")).refusal?.reason.isShuttingDown == true)
        #expect(station.audit.violations == [])
    }

    @Test func aDrainDoesNotTryAgain() async throws {
        let station = try Station([edgeModel("m")])
        let (ticket, _) = await station.run("m")
        await station.coordinator.beginDrain()
        await station.coordinator.fail(ticket, retryable: true)
        #expect(await station.outcome(of: ticket).isShuttingDown)
        #expect(await station.isIdle())
        #expect(station.audit.violations == [])
    }

    @Test func killsWhatTakesLongToStop() async throws {
        let station = try Station([edgeModel("m", bytes: 40), edgeModel("n", bytes: 40)])
        _ = (station.starter.holdStops(of: "m"), station.starter.holdStops(of: "n"))
        _ = await station.run("m")
        let (ticket, _) = await station.run("n")
        await station.coordinator.finish(ticket, tokens: 1)
        await station.coordinator.unload(station.id("n"))
        let ending = Task { await station.coordinator.shutDown() }
        #expect(await eventually { station.starter.engines.allSatisfy { $0.stopCalls > 0 } })
        await station.coordinator.killLeavingEngines()
        #expect(await value { await ending.value } != nil)
        #expect(station.starter.engines.map(\.killCalls) == [1, 1])
    }

    @Test func killsAtOnceWhereItIsToldTo() async throws {
        let station = try Station([edgeModel("m")])
        _ = station.starter.holdStops(of: "m")
        _ = await station.run("m")
        #expect(await value { await station.coordinator.shutDown(atOnce: true) } != nil)
        #expect(station.starter.engines.map(\.killCalls) == [1])
        #expect(station.starter.engines.map(\.stopCalls) == [0])
    }

    @Test func finishingAfterwardsIsHarmless() async throws {
        let station = try Station([edgeModel("m", parallel: 3)])
        let tickets = [await station.run("m").ticket, await station.run("m").ticket, await station.run("m").ticket]
        #expect(await shutDown(station))
        await station.coordinator.finish(tickets[0], tokens: 1)
        await station.coordinator.fail(tickets[1], retryable: false)
        await station.coordinator.cancel(tickets[2])
        for ticket in tickets { #expect(await station.outcome(of: ticket).isClientGone) }
        #expect(await shutDown(station))
    }
}
