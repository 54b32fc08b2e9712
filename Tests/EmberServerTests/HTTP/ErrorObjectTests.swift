import Foundation
import NIOCore
import Testing

@testable import EmberServer

@Suite struct ErrorObjectTests {
    private func object(_ data: Data) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func shown(_ told: String, _ form: APIForm = .choices, status: Int = 400) throws -> [String: Any] {
        let error = try #require(ErrorObject(told: Array(told.utf8)))
        return try #require(try object(error.json(in: form, status: status))["error"] as? [String: Any])
    }

    @Test func aCodeIsAStringOrNull() throws {
        #expect(try shown(#"{"error":{"code":400,"message":"m"}}"#)["code"] as? String == "400")
        #expect(try shown(#"{"error":{"code":"too_long","message":"m"}}"#)["code"] as? String == "too_long")
        for code in ["null", "{}", "[1]"] {
            #expect(try shown(#"{"error":{"code":\#(code),"message":"m"}}"#)["code"] is NSNull)
        }
    }

    @Test func whatElseWasToldIsKept() throws {
        let error = try shown(
            #"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error","n_ctx":512,"param":"x"}}"#)
        #expect(error["n_ctx"] as? Int == 512 && error["type"] as? String == "exceed_context_size_error")
        #expect(error["param"] as? String == "x" && error["message"] as? String == "too long")
    }

    @Test(arguments: [
        (#"{"detail":"Not Found"}"#, "Not Found"), (#"{"detail":[{"loc":["body"]}]}"#, #"[{"loc":["body"]}]"#),
        (#"{"object":"error","message":"of vLLM","code":400}"#, "of vLLM"), (#"{"error":"plain"}"#, "plain"),
    ])
    func otherShapesAreReadToo(_ told: String, _ message: String) throws {
        #expect(try shown(told)["message"] as? String == message)
    }

    @Test(arguments: ["", "{}", "[]", "<html>", #"{"error":null}"#, #"{"choices":[]}"#])
    func whatTellsNoErrorIsNone(_ told: String) { #expect(ErrorObject(told: Array(told.utf8)) == nil) }

    @Test(arguments: [
        (400, "invalid_request_error"), (401, "authentication_error"), (403, "permission_error"),
        (404, "not_found_error"), (413, "request_too_large"), (429, "rate_limit_error"), (500, "api_error"),
        (502, "api_error"), (503, "overloaded_error"), (529, "overloaded_error"),
    ])
    func anthropicsClientsGetTheirTypes(_ status: Int, _ type: String) throws {
        let told = #"{"error":{"code":\#(status),"message":"m","type":"server_error"}}"#
        #expect(try shown(told, .messages, status: status)["type"] as? String == type)
    }

    /// By its type, or by its code where that is a status; a proxy's or a server's own failure is not the request's.
    @Test func whoseFaultAnErrorIs() throws {
        let blaming: Set = [400, 404, 405, 413, 415, 422, 501]
        for code in 390...599 {
            for written in ["\(code)", "\"\(code)\""] {
                let told = #"{"error":{"message":"m","type":"server_error","code":\#(written)}}"#
                let error = try #require(ErrorObject(told: Array(told.utf8)))
                #expect(error.blamesRequest == blaming.contains(code), "\(written)")
                #expect(error.status == ((400..<600).contains(code) ? code : 500))
            }
        }
        for type in ["invalid_request_error", "not_found_error", "BadRequestError", "exceed_context_size_error"] {
            #expect(ErrorObject(message: "m", type: type, param: nil, code: nil).blamesRequest)
        }
        #expect(!ErrorObject(message: "m", type: "overloaded_error", param: nil, code: nil).blamesRequest)
        var error = ErrorObject(message: "m", type: nil, param: nil, code: nil)
        #expect(!error.blamesRequest && error.status == 500)
        error.blameRequest()
        #expect(error.blamesRequest)
    }

    /// Clients skip events without a name, and OpenAI's raise on a member `error` alone.
    @Test func eachApiHasItsEvent() throws {
        let error = APIError.badGateway("gone\n", code: "engine_failed")
        for form in [APIForm.choices, .messages, .responses, .other] {
            let text = String(buffer: error.event(in: form, after: 7))
            let isNamed = form == .messages || form == .responses
            #expect(text.hasPrefix(isNamed ? "event: error\ndata: {" : "data: {") && text.hasSuffix("}\n\n"))
            let data = try #require(text.split(separator: "data: ").last)
            let body = try object(Data(data.utf8))
            let inner = try #require(body["error"] as? [String: Any])
            #expect(body["type"] as? String == "error" && inner["message"] as? String == "gone\n")
            #expect(body["sequence_number"] as? Int == (form == .responses ? 8 : nil))
            #expect(body["code"] as? String == (form == .responses ? "engine_failed" : nil))
        }
    }
}
