import EmberCore
import Foundation
import Testing

@testable import EmberServer

@Suite struct JSONEnvelopeTests {
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
        let envelope = try JSONEnvelope(Array(body.text.utf8))
        #expect(envelope.model == body.model)
        #expect(envelope.isStreaming == body.isStreaming)
    }

    @Test(arguments: ["", "  ", "[]", "\"model\"", "12", "true", "[{\"model\":\"m\"}]"])
    func refusesWhatIsNoObject(_ text: String) {
        #expect(throws: JSONEnvelope.Problem.notAnObject) { try JSONEnvelope(Array(text.utf8)) }
    }

    @Test(arguments: [
        #"{"model":5}"#, #"{"model":null}"#, #"{"model":["m"]}"#, #"{"model":{"m":1}}"#, #"{"model":tru}"#,
        #"{"model":"\ud800"}"#, #"{"model":"\x"}"#,
    ])
    func refusesAModelThatIsNoString(_ text: String) {
        #expect(throws: JSONEnvelope.Problem.modelIsNoString) { try JSONEnvelope(Array(text.utf8)) }
    }

    @Test(arguments: [
        "{", #"{"model"#, #"{"model""#, #"{"model":"#, #"{"model":}"#, #"{"model":"m"#, #"{"model":"m""#,
        #"{"model":"m","#, #"{"model":"m",}"#, #"{"a":[}"#, #"{"a" "b"}"#, #"{a:1}"#, #"{"a":1 "b":2}"#, #"{,}"#,
        #"{"a":"\"#, #"{"a":[1,2"#, #"{"a":,"model":"m"}"#,
    ])
    func tellsWhereABodyIsBroken(_ text: String) throws {
        let problem = #expect(throws: JSONEnvelope.Problem.self) { try JSONEnvelope(Array(text.utf8)) }
        guard case .malformed(let position)? = problem else {
            Issue.record("\(String(describing: problem))")
            return
        }
        #expect((0...text.utf8.count).contains(position))
    }

    /// Followed by recursion, a hundred thousand brackets would end the process.
    @Test func refusesBottomlessNesting() {
        let text = #"{"a":"# + String(repeating: "[", count: 100_000)
        #expect(throws: JSONEnvelope.Problem.self) { try JSONEnvelope(Array(text.utf8)) }
    }

    @Test func readsBytesThatAreNotContiguous() throws {
        let text = #"{"x":[1,{"model":"no"}],"model":"m","stream":true}"#
        let envelope = try JSONEnvelope(Array(text.utf8).reversed().reversed() as ReversedCollection)
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
            let envelope = try JSONEnvelope(Array(text.utf8))
            #expect(envelope.model == parsed["model"] as? String, "\(text)")
            #expect(envelope.isStreaming == (parsed["stream"] as? Bool ?? false), "\(text)")
            #expect((envelope.modelRange == nil) == (envelope.model == nil), "\(text)")
        }
    }

    /// What a full parser takes, the envelope takes too, with the same result; whatever else comes, it does not crash.
    @Test(arguments: 0..<20)
    func survivesMutations(_ seed: UInt64) {
        var documents = RandomJSON(seed: seed)
        for _ in 0..<200 {
            var bytes = Array(documents.object().utf8)
            for _ in 0..<Int.random(in: 1...3, using: &documents.lots) { mutate(&bytes, &documents.lots) }
            let object = try? JSONSerialization.jsonObject(with: Data(bytes))
            let parsed = object as? [String: Any]
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(JSONEnvelope.Problem) {
                let envelope = try JSONEnvelope(bytes)
                if let range = envelope.modelRange {
                    #expect(range.lowerBound >= 0 && range.upperBound <= bytes.count && range.count >= 2)
                }
                if let parsed { #expect(envelope.model == parsed["model"] as? String, "\(text)") }
            } catch .modelIsNoString {
                // Also where only the first of two is none.
            } catch .malformed(let position) where position < bytes.count && bytes[position] == UInt8(ascii: "}") {
                // A comma before the brace, which JSON forbids and Foundation lets pass on some platforms.
            } catch {
                #expect(parsed == nil, "\(error): \(text)")
            }
        }
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
        #expect(try JSONEnvelope(Array(text.utf8)).maxTokens == bound)
    }
}
