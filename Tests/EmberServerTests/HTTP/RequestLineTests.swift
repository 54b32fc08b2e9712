import Testing

@testable import EmberServer

/// What only a request's first line tells: which host it is for, where that does not stand in a field.
@Suite struct RequestLineTests {
    /// - Returns: the first line of the answer.
    private func status(_ head: String) async throws -> String {
        let station = try Station([edgeModel("m")])
        return try await serve(station, .live) { client in
            let connection = try await Connection.open(port: try #require(client.port))
            try await connection.send(head.replacing("\n", with: "\r\n") + "\r\n\r\n")
            #expect(await connection.receives("\r\n\r\n"))
            try await connection.close()
            return String(connection.received.prefix { $0 != "\r\n" })
        }
    }

    @Test(arguments: [
        ("GET /health HTTP/1.1\nHost: localhost", "200"),
        ("GET http://localhost/health HTTP/1.1\nHost: localhost", "200"),
        // The form's own host counts, whatever the field says.
        ("GET http://localhost/health HTTP/1.1\nHost: evil.example", "200"),
        ("GET http://evil.example/v1/models HTTP/1.1\nHost: localhost", "403"),
        ("GET /v1/models HTTP/1.1\nHost: evil.example", "403"),
        // HTTP/1.0 need not name any: it is for the address that it came to.
        ("GET /v1/models HTTP/1.0", "200"),
        ("GET /v1/models HTTP/1.0\nHost: evil.example", "403"),
        ("GET /v1/models HTTP/1.1", "400"),
        ("GET http://localhost/v1/models HTTP/1.1\nHost: localhost\nHost: localhost", "400"),
    ])
    func theHostThatCountsIsFound(_ head: String, _ code: String) async throws {
        let line = try await status(head)
        #expect(line.contains(" \(code) "), "\(head): \(line)")
    }
}
