import EmberCore
import Testing

@testable import EmberServer

@Suite struct CoordinatorHedgingTests {
    /// One slot, and an offloaded request: under the policy `cloud`, the model is loaded by the operator alone.
    private func offloaded() async throws -> (station: Station, ticket: Ticket) {
        let station = try Station([edgeModel("m", cloud: .at("http://127.0.0.1:1/v1"))], policy: "cloud")
        let (ticket, outcome) = await station.run("m")
        #expect(outcome.offload?.reason == .notAdmitted)
        return (station, ticket)
    }

    private func load(_ station: Station) async {
        await station.coordinator.load(station.id("m"))
        #expect(await station.becomes(.loaded, "m"))
    }

    @Test func aModelThatIsNotInMemoryTakesNoHedge() async throws {
        let (station, ticket) = try await offloaded()
        #expect(await station.coordinator.hedge(ticket) == nil)
        await station.coordinator.finish(ticket, tokens: 1)
        #expect(await station.isIdle())
        #expect(station.audit.arrivals == 1)
    }

    @Test func theUpstreamWins() async throws {
        let (station, ticket) = try await offloaded()
        await load(station)
        let hedge = try #require(await station.coordinator.hedge(ticket))
        #expect(await station.view(of: "m").inFlight == 1)
        await station.coordinator.endRace(losing: hedge.ticket, to: ticket)
        #expect(await station.view(of: "m").inFlight == 0)
        await station.coordinator.finish(ticket, tokens: 1)
        #expect(await station.isIdle())
        let cost = await station.coordinator.state().cost
        #expect(cost.edgeRequests == 0 && cost.cloudRequests == 1)
        #expect(station.audit.violations == [])
    }

    @Test func theEdgeWins() async throws {
        let (station, ticket) = try await offloaded()
        await load(station)
        let hedge = try #require(await station.coordinator.hedge(ticket))
        await station.coordinator.endRace(losing: ticket, to: hedge.ticket)
        await station.coordinator.finish(hedge.ticket, tokens: 1)
        // A result that comes too late changes nothing.
        await station.coordinator.fail(ticket, retryable: true)
        #expect(await station.isIdle())
        let cost = await station.coordinator.state().cost
        #expect(cost.edgeRequests == 1 && cost.cloudRequests == 0)
        #expect(station.audit.endings == 2)
        #expect(station.audit.violations == [])
    }

    @Test func noPlaceIsTaken() async throws {
        let (station, ticket) = try await offloaded()
        await load(station)
        let running = await station.run("m")
        #expect(running.outcome.route != nil)
        #expect(await station.coordinator.hedge(ticket) == nil)
        await station.coordinator.finish(running.ticket, tokens: 1)
        let hedge = try #require(await station.coordinator.hedge(ticket))
        #expect(await station.coordinator.hedge(ticket) == nil)
        await station.coordinator.cancel(hedge.ticket)
        await station.coordinator.cancel(ticket)
        #expect(await station.isIdle())
        #expect(station.audit.violations == [])
    }

    @Test func whatRunsAtTheEdgeOrHasEndedTakesNoHedge() async throws {
        let (station, gone) = try await offloaded()
        await load(station)
        await station.coordinator.cancel(gone)
        #expect(await station.coordinator.hedge(gone) == nil)
        let running = await station.run("m")
        #expect(running.outcome.route != nil)
        #expect(await station.coordinator.hedge(running.ticket) == nil)
    }

    @Test func aHedgeThatFailsEndsAlone() async throws {
        let (station, ticket) = try await offloaded()
        await load(station)
        let hedge = try #require(await station.coordinator.hedge(ticket))
        await station.coordinator.fail(hedge.ticket, retryable: false)
        #expect(await station.view(of: "m").inFlight == 0)
        await station.coordinator.finish(ticket, tokens: 1)
        #expect(await station.isIdle())
        #expect(station.audit.violations == [])
    }
}
