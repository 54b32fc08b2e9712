import Foundation
import NIOCore
import Testing

@testable import EmberServer

@Suite struct EventStreamFilterTests {
    private let stream = """
        data: {"choices":[{"delta":{"content":"a"}}],"usage":null}

        data: {"choices":[{"delta":{"content":"\\"choices\\":[] \\"usage\\":{"}}]}

        data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}

        data: [DONE]


        """

    private func filtered(_ text: String, piecesOf size: Int) -> String {
        var filter = EventStreamFilter(hidesUsage: true)
        let bytes = Array(text.utf8)
        var passed = ByteBuffer()
        for start in stride(from: 0, to: bytes.count, by: size) {
            var piece = filter.passOn(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            passed.writeBuffer(&piece)
        }
        var left = filter.end()
        passed.writeBuffer(&left)
        return String(buffer: passed)
    }

    @Test(arguments: [1, 7, 64, 10_000])
    func onlyTheUsageIsTakenOut(piecesOf size: Int) {
        let usage = "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 1}}\n\n"
        #expect(filtered(stream, piecesOf: size) == stream.replacing(usage, with: ""))
        let windows = stream.replacing("\n", with: "\r\n")
        #expect(filtered(windows, piecesOf: size) == windows.replacing(usage.replacing("\n", with: "\r\n"), with: ""))
    }

    @Test func anEventIsPassedOnAsSoonAsItIsComplete() {
        var filter = EventStreamFilter(hidesUsage: true)
        #expect(String(buffer: filter.passOn(ByteBuffer(string: "data: 1\n\ndata: "))) == "data: 1\n\n")
        #expect(String(buffer: filter.passOn(ByteBuffer(string: "2\n"))) == "")
        #expect(String(buffer: filter.passOn(ByteBuffer(string: "\n"))) == "data: 2\n\n")
    }

    @Test(arguments: ["", "\n", "\n\n"])
    func theLastEventNeedsNoBlankLine(_ end: String) {
        #expect(filtered("data: 1\n\ndata: [DONE]\(end)", piecesOf: 100) == "data: 1\n\ndata: [DONE]\n\n")
    }

    @Test func whatIsCutIsToldFromWhatIsWhole() {
        func isBetweenEvents(_ text: String) -> Bool {
            var filter = EventStreamFilter(hidesUsage: false)
            _ = filter.passOn(ByteBuffer(string: text))
            return filter.isBetweenEvents
        }
        #expect(isBetweenEvents("data: {}\n\n") && isBetweenEvents("data: {}\n") && isBetweenEvents("data: [DONE]"))
        #expect(!isBetweenEvents("data: {}\n\ndata: {\"cho") && !isBetweenEvents("data: {}\n\nevent: message_stop\n"))
    }

    struct Told: Sendable, CustomTestStringConvertible {
        var event: String
        var message: String
        var code: String?
        var testDescription: String { event }
    }

    /// As engines and upstreams tell errors in a stream whose status was 200.
    @Test(
        arguments: [
            Told(
                event: #"data: {"error":{"code":500,"message":"llama","type":"server_error"}}"#, message: "llama",
                code: "500"),
            Told(
                event: "event: error\ndata: {\"code\":500,\"message\":\"for Anthropic\"}", message: "for Anthropic",
                code: "500"),
            Told(event: #"error: {"code":400,"message":"old"}"#, message: "old", code: "400"),
            Told(
                event: "event: error\n"
                    + #"data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                message: "Overloaded"),
            Told(
                event: #"data: {"id":"x","choices":[{"delta":{}}],"error":{"code":"bad","message":"in a choice"}}"#,
                message: "in a choice", code: "bad"),
            Told(event: #"data: {"error":"a text"}"#, message: "a text"),
            Told(event: #"event: error\#ndata: no json"#, message: " no json"),
        ], [1, 7, 10_000])
    func anErrorIsKeptAndEndsTheStream(_ told: Told, piecesOf size: Int) throws {
        let good = #"data: {"choices":[{"delta":{"content":"error: \"error\":{"}}],"error":null}"# + "\n\n"
        for end in ["\n\n", "\n\ndata: [DONE]\n\n"] {
            var filter = EventStreamFilter(hidesUsage: false)
            let bytes = Array((good + told.event + end).utf8)
            var passed = ""
            for start in stride(from: 0, to: bytes.count, by: size) {
                let piece = ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])
                passed += String(buffer: filter.passOn(piece))
            }
            #expect(passed == good)
            let error = try #require(filter.error)
            let shown = try JSONDecoder().decode(Shown.self, from: error.json(in: .choices, status: 500))
            #expect(shown.error.message == told.message && shown.error.code == told.code)
        }
    }

    private struct Shown: Decodable { var error: APIErrorBody }
}
