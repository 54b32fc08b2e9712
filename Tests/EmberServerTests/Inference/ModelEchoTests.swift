import NIOCore
import Testing

@testable import EmberServer

@Suite struct ModelEchoTests {
    private let echo = ModelEcho("asked", from: "own")

    private func written(_ body: String) throws -> String {
        String(buffer: try #require(echo).written(into: ByteBuffer(string: body)))
    }

    private func event(_ text: String) throws -> String {
        String(decoding: try #require(echo).written(into: Array(text.utf8)[...]), as: UTF8.self)
    }

    @Test func thereIsNoneWhereTheNamesAreTheSame() {
        #expect(ModelEcho("a", from: "a") == nil)
        #expect(ModelEcho(nil, from: "a") == nil)
        #expect(ModelEcho("a", from: nil) != nil)
    }

    @Test(arguments: [
        (#"{"model":"own","x":1}"#, #"{"model":"asked","x":1}"#),
        (
            #"{"choices":[{"text":"\"model\":\"own\""}], "model" : "own" }"#,
            #"{"choices":[{"text":"\"model\":\"own\""}], "model" : "asked" }"#
        ),
        // As OpenAI's list of vectors has it.
        (
            #"{"object":"list","data":[{"model":"inner"}],"model":"own","usage":{}}"#,
            #"{"object":"list","data":[{"model":"inner"}],"model":"asked","usage":{}}"#
        ),
        (#"{"model":null}"#, #"{"model":null}"#), (#"{"x":{"model":"own"}}"#, #"{"x":{"model":"own"}}"#),
        ("no JSON", "no JSON"), ("", ""), ("[]", "[]"),
        // The beginning of an answer.
        (#"{"model":"own","data":[1,2,"#, #"{"model":"asked","data":[1,2,"#), (#"{"model":"ow"#, #"{"model":"ow"#),
    ])
    func aWholeAnswerGetsTheName(_ body: String, _ expected: String) throws { #expect(try written(body) == expected) }

    @Test(arguments: [
        ("data: {\"model\":\"own\"}\n\n", "data: {\"model\":\"asked\"}\n\n"),
        (
            "event: message_start\r\ndata:{\"message\":{\"id\":1,\"model\":\"own\"}}\r\n\r\n",
            "event: message_start\r\ndata:{\"message\":{\"id\":1,\"model\":\"asked\"}}\r\n\r\n"
        ),
        (
            "data: {\"response\":{\"output\":[{\"model\":\"x\"}],\"model\":\"own\"}}\n\n",
            "data: {\"response\":{\"output\":[{\"model\":\"x\"}],\"model\":\"asked\"}}\n\n"
        ),
        ("data: [DONE]\n\n", "data: [DONE]\n\n"), (": a comment\n\n", ": a comment\n\n"), ("\n", "\n"),
        ("data: {\"choices\":[]}\n\n", "data: {\"choices\":[]}\n\n"),
    ])
    func anEventGetsTheName(_ text: String, _ expected: String) throws { #expect(try event(text) == expected) }

    @Test func aNameIsWrittenAsJSON() throws {
        let echo = try #require(ModelEcho("a\"b\\", from: "own"))
        let body = echo.written(into: ByteBuffer(string: #"{"model":"own"}"#))
        #expect(String(buffer: body) == #"{"model":"a\"b\\"}"#)
    }

    @Test func aStreamInPiecesGetsTheNameInEveryEvent() {
        var filter = EventStreamFilter(hidesUsage: false, echo: echo)
        var passed = ByteBuffer()
        let text = "data: {\"model\":\"own\",\"n\":1}\n\ndata: {\"model\":\"own\",\"n\":2}\n\ndata: [DONE]\n\n"
        for byte in text.utf8 {
            var piece = filter.passOn(ByteBuffer(bytes: [byte]))
            passed.writeBuffer(&piece)
        }
        #expect(String(buffer: passed) == text.replacing("own", with: "asked"))
    }
}
