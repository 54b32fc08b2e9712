import EmberCore
import Testing

@testable import EmberServer

/// Requests of which engines die.
@Suite struct CoordinatorDeathTests {
    private func station(_ models: [ServedModel] = [edgeModel("m")]) throws -> Station {
        try Station(models) { $0.failures.deathLimit = 8 }
    }

    /// - Parameter fingerprint: nil where it is not asked, as nothing is known yet.
    private func admit(_ station: Station, _ fingerprint: Int?) async -> AdmissionResult {
        await station.coordinator.admit(service: station.service, model: station.id("m"), fingerprint: fingerprint)
    }

    /// The engine that the request was given dies of it.
    private func die(_ station: Station, _ ticket: Ticket, _ outcome: Outcome?, _ fingerprint: Int) async throws {
        let route = try #require(outcome.route)
        outcome.engine?.die()
        #expect(await station.coordinator.confirm(route) != nil)
        await station.coordinator.noteDeath(of: ticket, fingerprint, on: route)
        await station.coordinator.fail(ticket, retryable: true)
    }

    @Test func afterTwoDeathsARequestIsRefusedInWordsAndOthersAreServed() async throws {
        let station = try station()
        let first = await admit(station, nil)
        var outcome = await station.outcome(of: first.ticket)
        for _ in 0..<2 {
            try await die(station, first.ticket, outcome, 7)
            outcome = await station.outcome(of: first.ticket)
        }
        #expect(outcome.rejection == .engineFailed)
        #expect(outcome.refusal?.message.contains("this very request") == true)
        let again = await admit(station, 7)
        #expect(again.outcome.rejection == .engineFailed)
        #expect(try (500...600).contains(#require(again.outcome.refusal?.retryAfterSeconds)))
        #expect(station.starter.attempts == ["m", "m"], "nothing is loaded for what is refused")
        let other = await admit(station, 8)
        #expect(await station.outcome(of: other.ticket).route != nil)
        await station.coordinator.finish(other.ticket, tokens: 1)
        let view = await station.view(of: "m")
        #expect(view.engine.failures == 0 && view.engine.deaths == 0 && view.engine.failure == nil)
        #expect(await station.isIdle())
        #expect(station.audit.violations == [])
    }

    @Test func whatSurvivesIsNoSuspectAnyMore() async throws {
        let station = try station([edgeModel("m", parallel: 2)])
        let first = await admit(station, nil)
        try await die(station, first.ticket, await station.outcome(of: first.ticket), 7)
        #expect(await station.outcome(of: first.ticket).route != nil)
        // While it runs, nothing else does.
        let beside = await admit(station, 8)
        #expect(beside.outcome == nil)
        await station.coordinator.finish(first.ticket, tokens: 1)
        #expect(await station.outcome(of: beside.ticket).route != nil)
        #expect(station.coordinator.fatal.deaths(of: 7, on: InstanceID(0)) == 0)
        let together = await admit(station, 7)
        #expect(together.outcome.route != nil, "it runs beside another one again")
    }

    @Test func whatMayLeaveIsOffloadedAtOnce() async throws {
        let station = try station([edgeModel("m", cloud: .at("http://127.0.0.1:1/v1"))])
        for _ in 0..<2 {
            let admission = await admit(station, 7)
            var outcome = admission.outcome
            if outcome == nil { outcome = await station.outcome(of: admission.ticket) }
            try await die(station, admission.ticket, outcome, 7)
            #expect(await station.outcome(of: admission.ticket).offload?.reason == .engineFailed)
            await station.coordinator.finish(admission.ticket, tokens: 1)
            await station.coordinator.load(station.id("m"))
            #expect(await station.becomes(.loaded, "m"))
        }
        #expect(await admit(station, 7).outcome.offload?.reason == .unfit)
        #expect(await admit(station, 8).outcome.route != nil)
    }

    @Test func noCopyThatWaitsIsGivenToTheNextEngine() async throws {
        let station = try station()
        let first = await admit(station, nil)
        let outcome = await station.outcome(of: first.ticket)
        let copy = await admit(station, nil)
        for _ in 0..<2 {
            station.coordinator.fatal.noteDeath(of: 7, on: InstanceID(0), engine: FakeEngine(model: "m", baseURL: ""))
        }
        await station.coordinator.finish(first.ticket, tokens: 1)
        let route = try #require(await station.outcome(of: copy.ticket).route)
        #expect(outcome.route != nil)
        #expect(await station.coordinator.isFatal(copy.ticket, 7, on: route))
        for _ in 0..<2 {
            await station.coordinator.fail(copy.ticket, retryable: true)
        }
        let told = await station.outcome(of: copy.ticket)
        #expect(told.rejection == .engineFailed && told.refusal?.message.contains("this very request") == true)
        #expect(station.starter.attempts == ["m"])
    }
}
