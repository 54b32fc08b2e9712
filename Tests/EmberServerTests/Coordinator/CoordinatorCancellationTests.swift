import EmberCore
import Testing

@testable import EmberServer

@Suite struct CoordinatorCancellationTests {
    @Test func cancelledTaskWithdrawsTheRequestButNotTheLoad() async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdNextStart(of: "m")
        let admission = await station.admit("m")
        let waiting = Task { await station.coordinator.outcome(of: admission.ticket) }
        waiting.cancel()
        let outcome = await value { await waiting.value }
        #expect(outcome.isClientGone)
        #expect(await station.isIdle())
        #expect(await station.view(of: "m").status == .loading)
        gate.open()
        #expect(await station.becomes(.loaded, "m"))
        #expect(station.starter.cancelledStarts == 0)
    }

    @Test func cancelledTaskLeavesOtherWaitersAlone() async throws {
        let station = try Station([edgeModel("m", parallel: 2)])
        let gate = station.starter.holdNextStart(of: "m")
        let gone = await station.admit("m")
        let staying = await station.admit("m")
        let waiting = Task { await station.coordinator.outcome(of: gone.ticket) }
        waiting.cancel()
        #expect(await eventually { await station.view(of: "m").waiting == 1 })
        gate.open()
        #expect(await station.outcome(of: staying.ticket).route != nil)
    }

    @Test func cancelledRunningRequestFreesItsSlot() async throws {
        let station = try Station([edgeModel("m")])
        let running = await station.run("m")
        let waiting = await station.admit("m")
        await station.coordinator.cancel(running.ticket)
        #expect(await station.outcome(of: waiting.ticket).route != nil)
    }

    @Test func waitWithATimeLimitEndsAndTheRequestLivesOn() async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdNextStart(of: "m")
        let admission = await station.admit("m")
        for _ in 1...3 {
            let outcome = await station.coordinator.outcome(of: admission.ticket, within: 0.02)
            #expect(outcome == nil)
        }
        #expect(await station.view(of: "m").waiting == 1)
        gate.open()
        let outcome = await station.coordinator.outcome(of: admission.ticket, within: patienceSeconds)
        #expect(outcome.route != nil)
    }

    /// What is decided while no caller waits is there for the next one that asks.
    @Test func outcomeBetweenTwoWaitsIsKept() async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdNextStart(of: "m")
        let admission = await station.admit("m")
        #expect(await station.coordinator.outcome(of: admission.ticket, within: 0.01) == nil)
        gate.open()
        #expect(await station.becomes(.loaded, "m"))
        #expect(await station.outcome(of: admission.ticket).route != nil)
    }

    @Test func endedTicketHasNoPowerOverItsSuccessor() async throws {
        let station = try Station([edgeModel("m")])
        let (old, _) = await station.run("m")
        await station.coordinator.finish(old, tokens: 0)
        let new = await station.admit("m")
        #expect(new.ticket.request == old.request)
        await station.coordinator.cancel(old)
        await station.coordinator.fail(old, retryable: false)
        await station.coordinator.finish(old, tokens: 0)
        #expect(await station.outcome(of: old).isClientGone)
        #expect(await station.view(of: "m").inFlight == 1)
        #expect(station.audit.violations == [])
    }
}

extension Outcome? {
    static func == (outcome: Self, _: _OptionalNilComparisonType) -> Bool {
        if case .none = outcome { true } else { false }
    }
}
