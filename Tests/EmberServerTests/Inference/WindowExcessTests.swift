import EmberContext
import EmberCore
import Foundation
import Testing

@testable import EmberServer

@Suite struct WindowExcessTests {
    private func shown(_ told: String, _ kind: RequestKind) throws -> [String: Any] {
        let error = try #require(ErrorObject(told: Array(told.utf8))).tellingExcess(kind)
        let form: APIForm = kind == .messages ? .messages : .choices
        let body = try JSONSerialization.jsonObject(with: error.json(in: form, status: 400))
        return try #require((body as? [String: Any])?["error"] as? [String: Any])
    }

    private let counted =
        #"{"error":{"code":400,"message":"request exceeds","type":"exceed_context_size_error","#
        + #""n_prompt_tokens":513,"n_ctx":512}}"#

    @Test(arguments: [
        (RequestKind.chat, "messages", "This model's maximum context length is 512 tokens, and the request has 513."),
        (.completions, "prompt", "This model's maximum context length is 512 tokens, and the request has 513."),
        (.messages, "messages", "prompt is too long: 513 tokens > 512 maximum."),
    ])
    func aCountOfTheEngineIsToldLikeARefusalOfEmber(_ kind: RequestKind, _ param: String, _ words: String) throws {
        let error = try shown(counted, kind)
        #expect((error["message"] as? String)?.hasPrefix(words) == true)
        #expect(error["code"] as? String == "context_length_exceeded" && error["param"] as? String == param)
        #expect(error["type"] as? String == "invalid_request_error" && error["n_prompt_tokens"] as? Int == 513)
    }

    @Test(arguments: [
        #"{"error":{"code":400,"message":"m","type":"exceed_context_size_error","n_ctx":512}}"#,
        #"{"error":{"code":400,"message":"m","type":"exceed_context_size_error","n_prompt_tokens":513}}"#,
        #"{"error":{"code":400,"message":"m","type":"invalid_request_error","n_prompt_tokens":513,"n_ctx":512}}"#,
    ])
    func otherErrorsStayAsTheyAre(_ told: String) throws {
        let error = try shown(told, .chat)
        #expect(error["message"] as? String == "m" && error["code"] as? String == "400")
    }

    @Test func aBoundIsToldWithItsArithmetic() {
        #expect(
            WindowExcess(bounds: TokenBounds(counted: 9), window: 8, kind: .chat).words(longestToken: (4, "m"))
                == "This model's maximum context length is 8 tokens, and the request has 9. "
                + "Shorten it, or raise the model's context.")
        #expect(TokenBounds(counted: 9).lower == 9 && TokenBounds(counted: 9).exact == 9)
    }
}
