import EmberContext
import EmberCore
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import EmberServer

/// What a request's body means for an upstream that costs money.
@Suite struct CloudCallTests {
    private func call(_ body: String, _ kind: RequestKind) async throws -> InferenceCall {
        let deployment = Deployment(models: [edgeModel("m")], services: [ServiceSpec(name: "default")])
        let request = Request(
            head: HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: kind.path),
            body: RequestBody(buffer: ByteBuffer(string: body)))
        return try await InferenceCall(
            request, kind, identity: .anonymous, deployment: deployment, bodies: testBodies(), maxBodyBytes: 1 << 20)
    }

    private func target(priced: Bool) -> CloudTarget {
        var target = CloudTarget.at("http://127.0.0.1:1/v1")
        if priced { target.prices = TokenPrices(input: 1, output: 1, maxTokens: 100) }
        return target
    }

    // MARK: The usage of a stream

    private static let prompts: [(RequestKind, String)] = [
        (.chat, #""messages":[{"role":"user","content":"hi"}]"#), (.completions, #""prompt":"hi""#),
        (.messages, #""messages":[{"role":"user","content":"hi"}],"max_tokens":9"#), (.responses, #""input":"hi""#),
        (.embeddings, #""input":"hi""#), (.countTokens, #""messages":[{"role":"user","content":"hi"}]"#),
        (.rerank, #""query":"q","documents":["hi"]"#),
    ]

    /// Ember asks for it where all holds: tokens cost money, it is a stream, the API tells none unasked, the client has
    /// said nothing.
    @Test func theUsageIsAskedForWhereTheBillNeedsIt() async throws {
        let options: [(String, isOpen: Bool)] = [
            ("", true), (#","stream_options":null"#, true), (#","stream_options":{}"#, true),
            (#","stream_options":{"include_usage":null}"#, true),
            (#","stream_options":{"include_usage":true}"#, false),
            (#","stream_options":{"include_usage":false}"#, false),
        ]
        for (kind, prompt) in Self.prompts {
            for (streaming, isStreaming) in [("", false), (#","stream":false"#, false), (#","stream":true"#, true)] {
                for (option, isOpen) in options {
                    let body = "{\(prompt)\(streaming)\(option)}"
                    let call = try await call(body, kind)
                    let expected = isStreaming && isOpen && (kind == .chat || kind == .completions)
                    #expect(call.asksForUsage(of: target(priced: true)) == expected, "\(kind): \(body)")
                    #expect(!call.asksForUsage(of: target(priced: false)), "\(kind): \(body)")
                }
            }
        }
    }

    /// The wish is JSON, and changes nothing else: whatever stands behind the object's brace.
    @Test(arguments: ["", " ", "\n", " \r\n\t"])
    func theWishIsPartOfTheBody(_ after: String) async throws {
        for option in ["", #","stream_options":null"#, #","stream_options":{"a":"}"}"#, #","metadata":{"x":{}}"#] {
            let body = #"{"messages":[{"role":"user","content":"hi }"}],"stream":true\#(option) }"# + after
            let call = try await call(body, .chat)
            let edited = try object(sent(call.body(for: "m", call.usageWish)))
            let asked = try #require(edited["stream_options"] as? [String: Any])
            #expect(asked["include_usage"] as? Bool == true)
            let before = try object(body)
            for key in before.keys where key != "stream_options" {
                #expect(NSDictionary(dictionary: [key: before[key]!]) == NSDictionary(dictionary: [key: edited[key]!]))
            }
        }
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    }

    // MARK: What is set aside

    @Test(arguments: [
        (#"{"messages":[{"role":"user","content":"hi"}]}"#, nil, 1, false),
        (#"{"messages":[{"role":"user","content":"hi"}],"max_tokens":7,"n":3}"#, 7, 3, false),
        (
            #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a/b.png"}}]}]}"#,
            nil,
            1, true
        ),
    ])
    func theSizeOfARequest(_ body: String, _ tokens: Int?, _ answers: Int, _ refersElsewhere: Bool) async throws {
        let size = try await call(body, .chat).cloudSize
        #expect(size.mostInputTokens == body.utf8.count && size.maxTokens == tokens)
        #expect(size.answers == answers && size.refersElsewhere == refersElsewhere)
    }

    /// Vectors and ranks are no tokens of an answer.
    @Test(arguments: [RequestKind.embeddings, .rerank, .countTokens])
    func whatIsNotWrittenCostsOnlyItsPrompt(_ kind: RequestKind) async throws {
        let prompt = try #require(Self.prompts.first { $0.0 == kind }?.1)
        let body = "{\(prompt),\"n\":5}"
        let call = try await call(body, kind)
        #expect(call.cloudSize.maxTokens == 0 && call.cloudSize.mostInputTokens == body.utf8.count)
        #expect(call.bounds(for: target(priced: true)).isEmpty)
    }

    /// A completion is short by itself; all else may be as long as the prices say.
    @Test func anUnboundedAnswerIsBoundedWhereItCostsMoney() async throws {
        for (kind, prompt, tokens) in [
            (RequestKind.chat, #""messages":[{"role":"user","content":"hi"}]"#, 100),
            (.completions, #""prompt":"hi""#, 16), (.responses, #""input":"hi""#, 100),
        ] {
            let unbounded = try await call("{\(prompt)} \n", kind)
            let edited = try object(sent(unbounded.body(for: "m", unbounded.bounds(for: target(priced: true)))))
            #expect(edited.values.contains { $0 as? Int == tokens }, "\(kind)")
            #expect(unbounded.bounds(for: target(priced: false)).isEmpty)
        }
        let bounded = try await call(#"{"messages":[{"role":"user","content":"hi"}],"max_tokens":1000}"#, .chat)
        #expect(bounded.bounds(for: target(priced: true)).isEmpty)
    }
}
