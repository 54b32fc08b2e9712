import NIOCore
import NIOHTTP1
import Testing

@testable import EmberServer

/// Where an answer ends, and how that differs from one that was cut.
@Suite struct AnswerEndTests {
    struct Stream: Sendable, CustomTestStringConvertible {
        var form: APIForm
        /// Before the event that ends it.
        var text: String
        /// The event that ends it.
        var last: String
        var end = APIForm.End.lastEvent
        var testDescription: String { "\(form) \(last)" }
    }

    static let streams = [
        Stream(
            form: .choices,
            text: #"data: {"choices":[{"delta":{"content":"data: [DONE]"},"finish_reason":null}]}"# + "\n\n",
            last: "data: [DONE]\n\n"),
        Stream(form: .choices, text: "data: {\"choices\":[]}\r\n\r\n", last: "data:[DONE]\r\n\r\n"),
        Stream(
            form: .choices,
            text: #"data: {"choices":[{"delta":{"content":"\"finish_reason\":\"x\""},"finish_reason":null}]}"#
                + "\n\n",
            last: "data: {\"choices\":[{\"delta\":{},\"finish_reason\" : \"stop\"}]}\n\n", end: .finishReason),
        Stream(
            form: .messages,
            text: "event: content_block_delta\n"
                + #"data: {"type":"content_block_delta","delta":{"text":"\"type\":\"message_stop\""}}"# + "\n\n",
            last: "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"),
        Stream(
            form: .responses,
            text: "event: response.output_text.delta\ndata: {\"delta\":\"event: response.completed\"}\n\n",
            last: "event: response.completed\n"
                + #"data: {"type":"response.completed","response":{"id":1}}"# + "\n\n"),
        Stream(
            form: .responses, text: "event: response.created\ndata: {\"type\":\"response.created\"}\n\n",
            last: "data: {\"type\": \"response.incomplete\"}\n\n"),
    ]

    private func end(_ stream: Stream, _ text: String) -> APIForm.End? {
        var usage = UsageScanner()
        usage.read(ByteBuffer(string: text))
        return stream.form.end(of: usage.lastBytes)
    }

    @Test(arguments: streams)
    func onlyTheLastEventEndsAStream(_ stream: Stream) {
        #expect(end(stream, stream.text) == nil)
        #expect(end(stream, stream.text + stream.last) == stream.end)
        #expect(end(stream, "") == nil)
        // Behind a long stream, and before what may follow.
        let long = String(repeating: stream.text, count: 300)
        #expect(end(stream, long) == nil)
        #expect(end(stream, long + stream.last + ": a comment\n\n") == stream.end)
    }

    /// Messages are answered by chats where a slot is to be given back.
    @Test(arguments: streams.filter { $0.end == .lastEvent && $0.form != .messages })
    func aPieceThatEndsWithTheLastEventIsKnown(_ stream: Stream) {
        for text in ["", stream.text] {
            #expect(stream.form.endsStream(ByteBuffer(string: text + stream.last)))
            #expect(!stream.form.endsStream(ByteBuffer(string: text)))
        }
        #expect(!stream.form.endsStream(ByteBuffer(string: "\n\n")))
    }

    @Test func theUsageMayFollowTheLastChoice() {
        let finished = "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n"
        let stream = Stream(form: .choices, text: "", last: "")
        #expect(end(stream, finished + "data: {\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\n") == .finishReason)
        // Another choice goes on.
        #expect(end(stream, finished + "data: {\"choices\":[{\"finish_reason\":null}]}\n\n") == nil)
    }

    @Test func otherApisHaveNoLastEvent() {
        #expect(APIForm.other.end(of: Array("data: [DONE]\n\n".utf8)) == nil)
        #expect(APIForm(path: "/v1/messages?beta=true") == .messages && APIForm(path: "/v1/rerank") == .other)
    }

    @Test(arguments: [1, 2, 7, 1000])
    func noBeginningOfJSONIsWhole(piecesOf size: Int) {
        let bytes = Array(#" {"a":[1,{"b":"}]\"\\"}],"c":"\\","d":{}} "#.utf8)
        for length in 0...bytes.count {
            var json = JSONExtent()
            for start in stride(from: 0, to: length, by: size) {
                json.read(ByteBuffer(bytes: bytes[start..<min(start + size, length)]))
            }
            #expect(json.isWhole == (length >= bytes.count - 1), "\(length)")
            #expect(json.isEmpty == (length <= 1))
        }
    }

    private struct Pieces: AnswerBody {
        let pieces: Sequence

        actor Sequence {
            private var left: [String]
            init(_ all: [String]) { left = all }
            func next() -> ByteBuffer? { left.isEmpty ? nil : ByteBuffer(string: left.removeFirst()) }
        }

        init(_ all: [String]) { pieces = Sequence(all) }

        func next() async throws -> ByteBuffer? { await pieces.next() }
    }

    private func answer(_ headers: HTTPHeaders, _ pieces: [String]) async throws -> EngineAnswer {
        let rest = Pieces(pieces)
        return try await EngineAnswer(
            AnswerHead(status: .ok, headers: headers), first: try await rest.next(), rest: rest)
    }

    @Test func anAnswerWhoseEndOnlyTheConnectionTellsMustBeWhole() async throws {
        let whole = try await answer(["content-type": "application/json"], ["{\"a\":", "1}"])
        guard case .whole(let body) = whole.content else { return #expect(Bool(false), "it is held back") }
        #expect(String(buffer: body) == "{\"a\":1}")
        for cut in [["{\"a\":"], ["[1", ",2"], []] {
            await #expect(throws: BrokenAnswer.cut) { try await answer(["content-type": "application/json"], cut) }
        }
        let chunked: HTTPHeaders = ["content-type": "application/json", "transfer-encoding": "chunked"]
        await #expect(throws: BrokenAnswer.cut) { try await answer(chunked, ["{\"a\":"]) }
    }

    /// What is not said to be JSON may be anything, but where nothing tells its end it is held to be JSON all the same.
    @Test func anAnswerOfAnotherTypeIsCutOnlyWhereNothingTellsItsEnd() async throws {
        let told: [HTTPHeaders] = [
            ["content-type": "text/plain", "content-length": "5"],
            ["content-type": "text/plain", "transfer-encoding": "Chunked"], ["content-length": "5"],
        ]
        for headers in told {
            for pieces in [["{\"a\":"], []] {
                let answer = try await answer(headers, pieces)
                guard case .whole(let body) = answer.content else { return #expect(Bool(false), "it is held back") }
                #expect(String(buffer: body) == pieces.joined())
            }
        }
        for headers in [["content-type": "text/plain"], [:]] as [HTTPHeaders] {
            for cut in [["{\"a\":"], []] {
                await #expect(throws: BrokenAnswer.cut) { try await answer(headers, cut) }
            }
            _ = try await answer(headers, ["{\"a\":1}"])
        }
    }

    @Test func commentsAreNoBeginning() async throws {
        let stream: HTTPHeaders = ["content-type": "text/event-stream", "transfer-encoding": "chunked"]
        await #expect(throws: BrokenAnswer.empty) { try await answer(stream, []) }
        await #expect(throws: BrokenAnswer.empty) { try await answer(stream, [": PROCESSING\n\n", "\n", ":\n"]) }
        let begun = try await answer(stream, [": PROCESSING\n\n", "data: 1\n\n", "data: 2\n\n"])
        guard case .pieces(let first?, let rest) = begun.content else { return #expect(Bool(false), "it is passed on") }
        #expect(String(buffer: first) == ": PROCESSING\n\ndata: 1\n\n")
        #expect(try await rest.next().map { String(buffer: $0) } == "data: 2\n\n")
    }

    /// Of a stream that has come as a whole its last event tells, where its API has one.
    @Test(arguments: [
        (APIForm.choices, "data: {\"choices\":[]}\n\ndata: [DONE]\n\n", true),
        (.choices, "data: {\"choices\":[]}\n\n", false), (.other, "data: {\"choices\":[]}\n\n", true),
        (.choices, "data: {\"error\":{\"code\":503,\"message\":\"busy\"}}\n\n", true),
        (.messages, "event: message_start\ndata: {}\n\n", false),
    ])
    func aWholeStreamNeedsItsLastEvent(_ form: APIForm, _ text: String, _ isWhole: Bool) async throws {
        let head = AnswerHead(status: .ok, headers: ["content-type": "text/event-stream", "content-length": "9"])
        if isWhole {
            _ = try await EngineAnswer(head, whole: ByteBuffer(string: text), form)
        } else {
            await #expect(throws: BrokenAnswer.cut) {
                try await EngineAnswer(head, whole: ByteBuffer(string: text), form)
            }
        }
    }

    @Test func aStreamThatBeginsWithAnErrorIsAnError() async throws {
        let stream: HTTPHeaders = ["content-type": "text/event-stream", "transfer-encoding": "chunked"]
        let failed = try await answer(stream, ["event: error\ndata: {\"code\":503,\"message\":\"busy\"}\n\n"])
        #expect(failed.status == .serviceUnavailable && failed.isError && !failed.isEventStream)
        let begun = try await answer(stream, ["data: 1\n\ndata: {\"error\":{\"message\":\"late\"}}\n\n"])
        #expect(begun.status == .ok && begun.isEventStream)
    }
}
