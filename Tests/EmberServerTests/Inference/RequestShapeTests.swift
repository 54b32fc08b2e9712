import EmberCore
import Foundation
import Testing

@testable import EmberContext
@testable import EmberServer

@Suite struct RequestShapeTests {
    private func read(_ text: String, _ kind: RequestKind? = .chat) throws -> RequestShape {
        try RequestShape(Array(text.utf8), kind: kind)
    }

    struct Body: Sendable, CustomTestStringConvertible {
        var text: String
        var model: String?
        var isStreaming = false
        var testDescription: String { text }
    }

    @Test(arguments: [
        Body(text: "{}"),
        Body(text: " \r\n\t{ } "),
        Body(text: #"{"model":"m"}"#, model: "m"),
        Body(text: #"{"stream":true,"model":"m"}"#, model: "m", isStreaming: true),
        Body(text: #"{"stream":false,"model":"m"}"#, model: "m"),
        Body(text: #"{ "model" : "a/b:1.0" , "stream" : true }"#, model: "a/b:1.0", isStreaming: true),
        Body(text: #"{"model":"a","model":"b"}"#, model: "b"),
        Body(text: #"{"stream":true,"stream":false}"#),
        Body(text: #"{"messages":[{"model":"inner","stream":true}],"model":"outer"}"#, model: "outer"),
        Body(text: #"{"model":"outer","x":{"model":"inner"}}"#, model: "outer"),
        Body(text: #"{"x":"\"model\":\"fake\"","model":"m"}"#, model: "m"),
        Body(text: #"{"x":"\\","model":"m"}"#, model: "m"),
        Body(text: #"{"model":"caf\u00e9 \"x\" \ud83d\ude00\/"}"#, model: "café \"x\" 😀/"),
        Body(text: #"{"mod\u0065l":"m","str\u0065am":true}"#, model: "m", isStreaming: true),
        Body(text: #"{"model":"a","mod\u0065l":"b"}"#, model: "b"),
        Body(text: #"{"Model":"m","models":"m"}"#),
        Body(text: #"{"model":"漢字"}"#, model: "漢字"),
        Body(text: #"{"model":""}"#, model: ""),
        Body(text: #"{"model":"m","stream":"true"}"#, model: "m"),
        Body(text: #"{"temperature":0.10000000000000000555,"n":1e400,"model":"m"}"#, model: "m"),
    ])
    func findsModelAndStream(_ body: Body) throws {
        let envelope = try read(body.text)
        #expect(envelope.model == body.model)
        #expect(envelope.isStreaming == body.isStreaming)
    }

    private func failure(_ text: String) -> BodyProblem? {
        do throws(BodyProblem) {
            _ = try RequestShape(Array(text.utf8), kind: .chat)
            return nil
        } catch { return error }
    }

    @Test(arguments: ["", "  ", "[]", "\"model\"", "12", "true", "[{\"model\":\"m\"}]"])
    func refusesWhatIsNoObject(_ text: String) { #expect(failure(text)?.kind == .noObject) }

    @Test(arguments: [#"{"model":5}"#, #"{"model":null}"#, #"{"model":["m"]}"#, #"{"model":{"m":1}}"#])
    func refusesAModelThatIsNoString(_ text: String) {
        #expect(failure(text)?.kind == .invalid && failure(text)?.param == "model")
    }

    @Test(arguments: [
        "{", #"{"model"#, #"{"model""#, #"{"model":"#, #"{"model":}"#, #"{"model":"m"#, #"{"model":"m""#,
        #"{"model":"m","#, #"{"model":"m",}"#, #"{"a":[}"#, #"{"a" "b"}"#, #"{a:1}"#, #"{"a":1 "b":2}"#, #"{,}"#,
        #"{"a":"\"#, #"{"a":[1,2"#, #"{"a":,"model":"m"}"#, #"{"model":tru}"#, #"{"model":"\ud800"}"#,
        #"{"model":"\x"}"#,
    ])
    func tellsWhereABodyIsBroken(_ text: String) throws {
        let problem = try #require(failure(text))
        #expect(problem.kind == .malformed)
        #expect(problem.message.contains("byte "))
    }

    /// Followed by recursion, a hundred thousand brackets would end the process.
    @Test func refusesBottomlessNesting() {
        let text = #"{"a":"# + String(repeating: "[", count: 100_000)
        #expect(failure(text)?.message.contains("512") == true)
        let allowed = #"{"a":"# + String(repeating: "[", count: 511) + String(repeating: "]", count: 511) + "}"
        #expect(failure(allowed) == nil)
    }

    @Test func readsBytesThatAreNotContiguous() throws {
        let text = #"{"x":[1,{"model":"no"}],"model":"m","stream":true}"#
        let envelope = try RequestShape(
            Array(text.utf8).reversed().reversed() as ReversedCollection, kind: .chat)
        #expect(envelope.model == "m")
        #expect(envelope.isStreaming)
    }

    @Test(arguments: 0..<20)
    func agreesWithAFullParserOnRandomDocuments(_ seed: UInt64) throws {
        var documents = RandomJSON(seed: seed)
        for _ in 0..<100 {
            let text = documents.object()
            let parsed = try #require(
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
            let envelope = try read(text)
            #expect(envelope.model == parsed["model"] as? String, "\(text)")
            #expect(envelope.isStreaming == (parsed["stream"] as? Bool ?? false), "\(text)")
            #expect((envelope.modelRange == nil) == (envelope.model == nil), "\(text)")
        }
    }

    /// What a full parser takes, this takes too, and nothing else, with the same result.
    @Test(arguments: 0..<20)
    func agreesWithAFullParserOnMutations(_ seed: UInt64) {
        var documents = RandomJSON(seed: seed)
        for _ in 0..<300 {
            var bytes = Array(documents.object().utf8)
            for _ in 0..<Int.random(in: 1...3, using: &documents.lots) { mutate(&bytes, &documents.lots) }
            let parsed = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(BodyProblem) {
                let shape = try RequestShape(bytes, kind: .chat)
                #expect(parsed != nil || Self.isRefusedByFoundationAlone(bytes), "\(text)")
                // Of equal keys Foundation's last counts too.
                if let parsed { #expect(shape.model == parsed["model"] as? String, "\(text)") }
            } catch {
                let isModel = error.param == "model"
                #expect(parsed == nil || isModel || Self.isTakenByFoundationAlone(bytes), "\(error): \(text)")
            }
        }
    }

    /// Foundation takes a comma before a closing bracket, and control characters; and other encodings by their zeros.
    private static func isTakenByFoundationAlone(_ bytes: [UInt8]) -> Bool {
        let blank: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let dense = bytes.filter { !blank.contains($0) }
        let hasComma = zip(dense, dense.dropFirst()).contains { $0 == UInt8(ascii: ",") && [0x7D, 0x5D].contains($1) }
        return hasComma || bytes.contains { $0 < 0x20 && !blank.contains($0) } || bytes.contains(0)
    }

    /// Numbers that no Double holds.
    private static func isRefusedByFoundationAlone(_ bytes: [UInt8]) -> Bool {
        bytes.contains(UInt8(ascii: "e")) || bytes.contains(UInt8(ascii: "E"))
    }

    private func mutate(_ bytes: inout [UInt8], _ lots: inout SeededGenerator) {
        let place = Int.random(in: 0..<bytes.count, using: &lots)
        switch Int.random(in: 0..<5, using: &lots) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &lots)
        case 1: bytes.insert(Array("{}[]\",:\\ 0tu".utf8).randomElement(using: &lots)!, at: place)
        case 2: bytes.removeLast(bytes.count - max(1, place))
        case 3: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &lots))
        default: if bytes.count > 1 { bytes.remove(at: place) }
        }
    }

    @Test(
        arguments: [
            (#"{"max_tokens":5}"#, 5), (#"{"max_completion_tokens": 6 }"#, 6), (#"{"max_output_tokens":0}"#, 0),
            (#"{"n_predict":-1}"#, nil), (#"{"max_tokens":"5"}"#, nil), (#"{"max_tokens":1e3}"#, nil), ("{}", nil),
            (#"{"x":{"max_tokens":5}}"#, nil),
        ] as [(String, Int?)])
    func theBoundOfTheAnswerIsFound(text: String, bound: Int?) throws {
        #expect(try read(text).maxTokens == bound)
    }
}
