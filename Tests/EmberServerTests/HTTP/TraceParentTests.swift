import HTTPTypes
import Hummingbird
import NIOHTTP1
import Testing

@testable import EmberServer

/// W3C Trace Context: what is passed on of a client's trace.
@Suite struct TraceParentTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00f067aa0ba902b7"
    private static let id = "0123456789abcdef0123456789abcdef"

    private func passedOn(_ text: String?, state: String? = nil) -> [String: String] {
        var fields = HTTPFields()
        fields[.traceparent] = text
        fields[.tracestate] = state
        var headers = HTTPHeaders()
        TraceParent(fields)?.add(to: &headers, asChildOf: Self.id)
        return Dictionary(headers.map { ($0.name, $0.value) }) { first, _ in first }
    }

    @Test(arguments: [
        ("00-\(trace)-\(parent)-01", "01"), ("00-\(trace)-\(parent)-00", "00"),
        // Of the flags only the lowest is known.
        ("00-\(trace)-\(parent)-ff", "01"), ("00-\(trace)-\(parent)-0e", "00"),
        // A later version is read as far as this one goes.
        ("cc-\(trace)-\(parent)-01-what-comes-next", "01"), ("01-\(trace)-\(parent)-01", "01"),
    ])
    func emberIsTheParentOfWhatItAsks(text: String, flags: String) {
        #expect(passedOn(text)["traceparent"] == "00-\(Self.trace)-0123456789abcdef-\(flags)")
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-1", "00-\(trace)-\(parent)-01-more",
        "ff-\(trace)-\(parent)-01", "0-\(trace)-\(parent)-01", "00-\(trace.uppercased())-\(parent)-01",
        "00-00000000000000000000000000000000-\(parent)-01", "00-\(trace)-0000000000000000-01",
        "00-\(trace)0-\(parent)-01", "00-\(trace)-\(parent)-0g", "00-\(trace)-\(parent)-01, 00-\(trace)-\(parent)-01",
        "00_\(trace)_\(parent)_01",
    ])
    func whatIsInvalidIsIgnoredWithItsState(text: String) {
        #expect(passedOn(text, state: "a=1").isEmpty)
    }

    @Test func theStateGoesWithTheTrace() {
        let text = "00-\(Self.trace)-\(Self.parent)-01"
        #expect(passedOn(text, state: "vendor=1,other=2")["tracestate"] == "vendor=1,other=2")
        #expect(passedOn(text, state: String(repeating: "a", count: 513))["tracestate"] == nil)
        #expect(passedOn(nil, state: "vendor=1").isEmpty)
    }

    @Test func enginesGetTheTraceOfTheRequest() async throws {
        try await serveOneModel(answer: { _ in .json(#"{"choices":[]}"#) }) { client, engine, _ in
            let text = "00-\(Self.trace)-\(Self.parent)-01"
            let response = try await client.chat(headers: [.traceparent: text])
            let id = try #require(response.headers[.requestID])
            _ = try await client.chat()
            let passed = engine.received.map { $0.headers[.traceparent] }
            #expect(passed == ["00-\(Self.trace)-\(id.prefix(16))-01", nil])
        }
    }
}
