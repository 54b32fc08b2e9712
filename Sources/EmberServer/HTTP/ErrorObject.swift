import Foundation
import NIOCore

/// An error of Ember's own, or of an engine or upstream, which goes to each API's clients in that API's form.
///
/// It has `message`, `type`, `param` and `code` in any case, the last two as strings or null, and keeps all other
/// members.
struct ErrorObject {
    private var members: [String: Any]
    /// What stood beside the error.
    private var around: [String: Any] = [:]

    init(message: String, type: String?, param: String?, code: String?) {
        members = ["message": message]
        members["type"] = type
        members["param"] = param
        members["code"] = code
    }

    /// The error in a body: an object with an `error`, or one that is an error itself, such as `{"detail": …}`;
    /// also as the data of an event.
    ///
    /// - Returns: nil where it has none.
    init?(told bytes: some Collection<UInt8>) {
        guard let object = Self.object(bytes) else { return nil }
        self.init(object)
    }

    /// The error in one event of a stream; nil for all other events.
    init?(event: some Collection<UInt8>) {
        var (name, data): (String?, [UInt8]) = (nil, [])
        for line in event.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            if line.starts(with: "event:".utf8) {
                name = String(decoding: line.dropFirst(6), as: UTF8.self).trimmingCharacters(in: .whitespaces)
            } else if line.starts(with: "data:".utf8) {
                data += line.dropFirst(5)
            } else if line.starts(with: "error:".utf8) {
                // As llama-server once wrote it.
                (name, data) = ("error", Array(line.dropFirst(6)))
            }
        }
        let object = Self.object(data)
        if let object, let error = object["error"], !(error is NSNull) {
            self.init(object)
        } else if name == "error" || object?["type"] as? String == "error" {
            self.init(object ?? ["message": String(decoding: data, as: UTF8.self)])
        } else {
            return nil
        }
    }

    private init?(_ object: [String: Any]) {
        switch object["error"] {
        case let error as [String: Any]: (members, around) = (error, object)
        case let text as String: (members, around) = (["message": text], object)
        default:
            members = object
            if let detail = object["detail"], !(object["message"] is String) {
                members["message"] = detail as? String ?? Self.text(detail)
            }
            guard members["message"] is String else { return nil }
        }
        around["error"] = nil
    }

    private static func object(_ bytes: some Collection<UInt8>) -> [String: Any]? {
        let data = Data(bytes)
        if let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] { return object }
        // An answer with an error's status that is a stream of one event.
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: "data:".utf8) {
            return try? JSONSerialization.jsonObject(with: Data(line.dropFirst(5))) as? [String: Any]
        }
        return nil
    }

    private static func text(_ value: Any) -> String {
        let data = try? JSONSerialization.data(
            withJSONObject: value, options: [.fragmentsAllowed, .withoutEscapingSlashes])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    /// nil where there is none.
    private var told: String? { members["message"] as? String ?? members["message"].map(Self.text) }

    var message: String { told ?? "no message" }

    private var type: String? { members["type"] as? String }

    /// A number of a code, where it is one, such as llama-server's status.
    private var number: Int? { (members["code"] as? NSNumber)?.intValue ?? code.flatMap { Int($0) } }

    private var code: String? {
        switch members["code"] {
        case let text as String: text
        case let number as NSNumber: number.stringValue
        default: nil
        }
    }

    /// Whether the server itself says that the request is at fault.
    var blamesRequest: Bool {
        let types: Set = [
            "invalid_request_error", "not_supported_error", "exceed_context_size_error", "not_found_error",
            "BadRequestError",
        ]
        return type.map(types.contains) == true || [400, 404, 405, 413, 415, 422, 501].contains(number)
    }

    /// The tokens of the prompt and of the window, where a llama-server refuses a prompt that it has counted.
    var countedExcess: (tokens: Int, window: Int)? {
        guard type == "exceed_context_size_error", let tokens = members["n_prompt_tokens"] as? Int,
            let window = members["n_ctx"] as? Int
        else { return nil }
        return (tokens, window)
    }

    /// The request is at fault for that reason; other members stay.
    mutating func become(message: String, param: String?, code: String) {
        blameRequest()
        members["message"] = message
        members["param"] = param
        members["code"] = code
    }

    /// The status of the error where only the error itself says one.
    var status: Int { number.flatMap { (400..<600).contains($0) ? $0 : nil } ?? 500 }

    /// The request is at fault, whatever the status was: said in the API's own word.
    mutating func blameRequest() { members["type"] = "invalid_request_error" }

    /// The whole body for the API's clients.
    func json(in form: APIForm, status: Int) -> Data {
        if form == .ollama { return Self.encoded(["error": message]) }
        var body = around
        // `"type":"error"` on top is what Anthropic's clients look for.
        body["type"] = "error"
        body["error"] = shaped(form, status)
        return Self.encoded(body)
    }

    /// The error as the last event of a stream.
    ///
    /// - Parameter sequence: the number of the last event of a stream whose events are numbered.
    func event(in form: APIForm, status: Int, after sequence: Int?) -> ByteBuffer {
        var event = ByteBuffer()
        switch form {
        case .choices, .ollama, .other: event.writeString("data: ")
        // Clients skip events without a name.
        case .messages, .responses: event.writeString("event: error\ndata: ")
        }
        if form == .responses {
            let error = shaped(form, status)
            // As the API describes it, and as its clients look for it: in an `error` of its own.
            var body: [String: Any] = [
                "type": "error", "error": error, "sequence_number": sequence.map { $0 + 1 } ?? 0,
            ]
            for key in ["message", "code", "param"] { body[key] = error[key] }
            event.writeBytes(Self.encoded(body))
        } else {
            event.writeBytes(json(in: form, status: status))
        }
        event.writeString("\n\n")
        return event
    }

    private func shaped(_ form: APIForm, _ status: Int) -> [String: Any] {
        var error = members
        error["message"] = told ?? "status \(status)"
        error["type"] = form == .messages ? anthropicType(status) : type ?? Self.openAIType(status)
        error["param"] = members["param"] as? String ?? NSNull()
        error["code"] = code ?? NSNull()
        return error
    }

    private static func openAIType(_ status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 429: "rate_limit_error"
        case 400..<500: "invalid_request_error"
        default: "server_error"
        }
    }

    private func anthropicType(_ status: Int) -> String {
        let types: Set = [
            "invalid_request_error", "authentication_error", "billing_error", "permission_error", "not_found_error",
            "request_too_large", "rate_limit_error", "timeout_error", "api_error", "overloaded_error",
        ]
        switch status {
        case 401: return "authentication_error"
        case 402: return "billing_error"
        case 403: return "permission_error"
        case 404: return "not_found_error"
        case 413: return "request_too_large"
        case 429: return "rate_limit_error"
        case 503, 529: return "overloaded_error"
        case 504: return "timeout_error"
        default: break
        }
        if let type, types.contains(type) { return type }
        return status < 500 ? "invalid_request_error" : "api_error"
    }

    private static func encoded(_ body: [String: Any]) -> Data {
        (try? JSONSerialization.data(withJSONObject: body, options: [.sortedKeys, .withoutEscapingSlashes])) ?? Data()
    }
}
