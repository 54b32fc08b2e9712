import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1
import Testing

@testable import EmberServer

@Suite struct RecurringFieldsTests {
    private func head(_ headers: [(String, String)], _ method: HTTPMethod = .POST) -> HTTPRequestHead {
        HTTPRequestHead(version: .http1_1, method: method, uri: "/v1/models?a=b", headers: HTTPHeaders(headers))
    }

    /// One connection's heads, one after the other: whatever came before, each is what it is by itself.
    @Test func whatCameBeforeDoesNotMatter() throws {
        let usual = [("Host", "localhost:1"), ("User-Agent", "a"), ("Content-Type", "application/json")]
        let heads = [
            head(usual),
            head(usual),
            head(usual + [("Content-Length", "5")]),
            head(usual + [("content-length", "6")]),
            head([("Host", "other"), ("User-Agent", "a"), ("Content-Type", "text/plain")]),
            head([("User-Agent", "a"), ("HOST", "first"), ("host", "second")]),
            head([("X-A", "1"), ("X-A", "2"), ("Cookie", "a=b; c=d")]),
            head([]),
            head([], .RAW(value: "ODD")),
            head(usual, .GET),
            head([("no name", "x"), ("Host", "a"), ("b", "\u{FC} \t")]),
            head([("X-Long", String(repeating: "x", count: 5000)), ("Host", "a")]),
            head([]),
            head([("X-Long", String(repeating: "x", count: 5000)), ("Host", "b")]),
            head(usual),
        ]
        var fields = RecurringFields()
        for head in heads {
            let expected = try HTTPRequest(head, secure: false, splitCookie: false)
            let request = try fields.request(head)
            #expect(request == expected)
            #expect(request.headerFields.map(\.name.rawName) == expected.headerFields.map(\.name.rawName))
        }
    }

    @Test func aMethodThatIsNoneIsRefused() {
        var fields = RecurringFields()
        #expect(throws: (any Error).self) { try fields.request(head([], .RAW(value: "no method"))) }
    }
}
