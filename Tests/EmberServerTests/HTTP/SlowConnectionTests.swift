import NIOCore
import Testing

@testable import EmberServer

/// Connections that are too slow get an error and are closed.
@Suite struct SlowConnectionTests {
    private func connections(_ change: (inout ConnectionLimits) -> Void) -> ConnectionLimits {
        var limits = ConnectionLimits()
        change(&limits)
        return limits
    }

    @Test(arguments: [
        ("GET /health HTTP/1.1\r\nHost: loc", "header_timeout"),
        (
            "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nContent-Type: "
                + "application/json\r\n\r\n{",
            "body_timeout"
        ),
    ])
    func whatDoesNotComeInTimeIsTold(_ text: String, _ key: String) async throws {
        let station = try Station([edgeModel("m")])
        // Long enough for a busy machine to send the beginning: a connection that sends nothing is closed without a
        // word.
        let limits = connections {
            $0.patience = ConnectionPatience(header: .seconds(3), body: .seconds(3), idle: .seconds(60))
        }
        try await serve(station, .live, settings: { $0.connections = limits }) { client in
            let connection = try await Connection.open(port: try #require(client.port))
            try await connection.send(text)
            #expect(await connection.receives("HTTP/1.1 408"))
            #expect(await connection.receives(key), "\(connection.received)")
            #expect(await eventually { connection.isClosedByServer })
        }
    }

    @Test func aSilentConnectionIsClosedWithoutAWord() async throws {
        let station = try Station([edgeModel("m")])
        let limits = connections {
            $0.patience = ConnectionPatience(
                header: .milliseconds(150), body: .seconds(60), idle: .milliseconds(150))
        }
        try await serve(station, .live, settings: { $0.connections = limits }) { client in
            let connection = try await Connection.open(port: try #require(client.port))
            #expect(await eventually { connection.isClosedByServer })
            #expect(connection.received.isEmpty)
        }
    }
}
