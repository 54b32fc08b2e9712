import EmberCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

/// What a page that is open receives.
@Suite struct EventRoutesTests {
    private static let path = "/ember/v1/events"

    private static func publisher(_ station: Station) -> PagePublisher {
        PagePublisher(
            StateReport(
                coordinator: station.coordinator, keeper: nil, bodies: testBodies(),
                connections: ConnectionTable(
                    ConnectionLimits(), drain: station.coordinator.drain, logger: quietLogger,
                    time: station.coordinator.time)))
    }

    private static func open(_ client: any TestClientProtocol, _ headers: String = "") async throws -> Connection {
        let connection = try await Connection.open(port: try #require(client.port))
        try await connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n")
        return connection
    }

    @Test func aPageReceivesTheStateAndTheRequestsUntilEmberDrains() async throws {
        try await serveOneModel(.live) { _ in
            .json("{}")
        } _: { client, _, station in
            let page = try await Self.open(client)
            #expect(await page.receives("event: state\ndata: {\""))
            #expect(page.received.contains("Content-Type: text/event-stream"))
            let id = try #require(try await client.chat().header("x-ember-request-id"))
            #expect(await page.receives("event: requests\ndata: [{\""))
            #expect(await page.receives("\"id\":\"\(id)\""))
            await station.coordinator.beginDrain()
            // The chunk that ends the stream.
            #expect(await page.receives("\r\n0\r\n\r\n"))
            try await page.close()
        }
    }

    /// Who knows a request's id may read its decision: ids of other tenants' requests are not listed.
    @Test func requestsOfOtherTenantsAreNotShown() async throws {
        let keys = [
            AccessKey(name: "eva", key: "e", service: nil, tenant: "e", tenantNumber: 0),
            AccessKey(name: "tom", key: "t", service: nil, tenant: "t", tenantNumber: 1),
        ]
        try await serveOneModel(.live, settings: { $0.keys = AccessKeys(keys) }) { _ in
            .json("{}")
        } _: { client, _, _ in
            #expect(try await client.get(Self.path).status == .unauthorized)
            let other = try await client.chat(headers: [.authorization: "Bearer t"]).header("x-ember-request-id")
            let own = try await client.chat(headers: [.authorization: "Bearer e"]).header("x-ember-request-id")
            let page = try await Self.open(client, "Authorization: Bearer e\r\n")
            #expect(await page.receives(try #require(own)))
            #expect(!page.received.contains(try #require(other)))
            try await page.close()
        }
    }

    @Test func readersAreBoundedAndPlacesAreGivenBack() async throws {
        let station = try Station([edgeModel("m")])
        let publisher = Self.publisher(station)
        var seats = (0..<PagePublisher.mostReaders).compactMap { _ in publisher.seat() }
        #expect(seats.count == PagePublisher.mostReaders && publisher.seat() == nil)
        seats.removeLast()
        #expect(publisher.seat() != nil)
        #expect(await publisher.edition(after: 0)?.number == 1)
    }

    /// A reader that was slow goes on with the newest edition, and waits for none that it has seen.
    @Test func slowReadersGoOnWithTheNewest() async throws {
        let station = try Station([edgeModel("m")])
        let publisher = Self.publisher(station)
        let seat = try #require(publisher.seat())
        let first = try #require(await publisher.edition(after: 0))
        let third = try #require(await publisher.edition(after: first.number + 1))
        #expect(third.number > first.number + 1)
        await station.coordinator.beginDrain()
        #expect(await publisher.edition(after: third.number) == nil)
        withExtendedLifetime(seat) {}
    }

    @Test func rowsThatHaveNotChangedAreNotSentAgain() {
        var trails = RequestTrails()
        func open(_ id: String, _ tenant: Int) -> RequestTrails.Place {
            let view = RequestDecisionView(id: id, service: "s", model: "m", arrived: 0, alternatives: [], steps: [])
            return trails.open(view, tenant: tenant)
        }
        let places = [open("a", 0), open("b", 1)]
        let rows = trails.rows(10, changedAfter: 0)
        #expect(rows.map(\.view.id) == ["a", "b"] && rows.map(\.tenant) == [0, 1])
        let last = rows.map(\.change).max() ?? 0
        #expect(trails.rows(10, changedAfter: last).isEmpty)
        trails.note(places[0], at: Time(seconds: 2), "edge")
        #expect(trails.rows(10, changedAfter: last).map(\.view.id) == ["a"])
        #expect(trails.rows(1, changedAfter: 0).map(\.view.id) == ["b"], "the latest of them")
        for number in 0..<RequestTrails.capacity { _ = open("\(number)", 0) }
        #expect(trails.rows(.max, changedAfter: 0).count == RequestTrails.capacity)
    }
}
