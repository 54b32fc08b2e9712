import EmberContext

/// The messages of a chat, from Ollama's form into OpenAI's: pictures become parts of the content, and the arguments of
/// tool calls, which are objects there, become text.
struct OllamaMessages {
    private var written = JSONArrayText()
    /// Calls that no result has come for. Ollama's need no ids: a result belongs to the call of its tool's name, or
    /// else to the first.
    private var open: [(id: String, tool: String)] = []
    private var calls = 0

    /// - Parameter value: an array.
    static func translated(_ value: JSONMembers.Value) throws -> [UInt8] {
        var messages = OllamaMessages()
        for (place, message) in try value.elements().enumerated() {
            guard message.isObject else { throw APIError.wrongType("messages[\(place)]", "an object") }
            try messages.add(JSONMembers(message), "messages[\(place)]")
        }
        return messages.written.bytes
    }

    /// A prompt by itself, as a model's chat template wants it.
    static func of(prompt: JSONMembers.Value, system: JSONMembers.Value?, images: JSONMembers.Value?) throws -> [UInt8]
    {
        var messages = JSONArrayText()
        if let system, !system.isBlank {
            var message = JSONObjectText()
            message.add("role", "system")
            message.add("content", json: system)
            messages.add(json: message.bytes)
        }
        var message = JSONObjectText()
        message.add("role", "user")
        message.add("content", json: try content(prompt, images, "images"))
        messages.add(json: message.bytes)
        return messages.bytes
    }

    private mutating func add(_ message: JSONMembers, _ place: String) throws {
        guard let role = message["role"]?.string?.lowercased() else {
            throw APIError.wrongType("\(place).role", "a string, such as \"user\"")
        }
        let text = message["content"]
        if let text, !text.isString { throw APIError.wrongType("\(place).content", "a string") }
        var written = JSONObjectText()
        written.add("role", role)
        written.add("content", json: try Self.content(text, message["images"], "\(place).images"))
        if let thinking = message["thinking"], !thinking.isBlank {
            guard thinking.isString else { throw APIError.wrongType("\(place).thinking", "a string") }
            written.add("reasoning_content", json: thinking)
        }
        if let calls = message["tool_calls"] { try add(calls, to: &written, "\(place).tool_calls") }
        if role == "tool" { try addOrigin(of: message, to: &written, place) }
        self.written.add(json: written.bytes)
    }

    // MARK: Pictures

    private static let blank = Array("\"\"".utf8)

    private static func content(
        _ text: JSONMembers.Value?, _ images: JSONMembers.Value?, _ place: String
    ) throws -> [UInt8] {
        let text = text.map(Array.init) ?? blank
        guard let images else { return text }
        guard images.isArray else { throw APIError.wrongType(place, "an array of base64 texts") }
        let pictures = try images.elements()
        guard !pictures.isEmpty else { return text }
        var parts = JSONArrayText()
        if text != blank {
            var part = JSONObjectText()
            part.add("type", "text")
            part.add("text", json: text)
            parts.add(json: part.bytes)
        }
        for picture in pictures { parts.add(json: try part(of: picture, place)) }
        return parts.bytes
    }

    /// The literal stays as it is, but for the beginning that makes it an address.
    private static func part(of picture: JSONMembers.Value, _ place: String) throws -> [UInt8] {
        let text = picture.dropFirst()
        guard picture.isString, !text.starts(with: "http".utf8) else {
            throw APIError.wrongType(place, "an array of base64 texts: an address is not fetched")
        }
        var url = [UInt8(ascii: "\"")]
        if !text.starts(with: "data:".utf8) { url += "data:\(mediaType(text));base64,".utf8 }
        url += text
        var address = JSONObjectText()
        address.add("url", json: url)
        var part = JSONObjectText()
        part.add("type", "image_url")
        part.add("image_url", json: address.bytes)
        return part.bytes
    }

    /// How files of each type begin, in base64.
    private static func mediaType(_ base64: JSONMembers.Value) -> String {
        let beginnings = [("iVBOR", "image/png"), ("R0lG", "image/gif"), ("UklG", "image/webp"), ("Qk", "image/bmp")]
        return beginnings.first { base64.starts(with: $0.0.utf8) }?.1 ?? "image/jpeg"
    }

    // MARK: Tools

    private mutating func add(_ calls: JSONMembers.Value, to message: inout JSONObjectText, _ place: String) throws {
        guard calls.isArray else { throw APIError.wrongType(place, "an array") }
        var written = JSONArrayText()
        for call in try calls.elements() {
            guard call.isObject, case let members = try JSONMembers(call), let function = members["function"],
                function.isObject
            else { throw APIError.wrongType(place, "an array of objects with a 'function'") }
            written.add(json: try translated(members, JSONMembers(function), place))
        }
        if !written.isEmpty { message.add("tool_calls", json: written.bytes) }
    }

    private mutating func translated(
        _ call: JSONMembers, _ function: JSONMembers, _ place: String
    ) throws -> [UInt8] {
        guard let name = function["name"], let tool = name.string else {
            throw APIError.wrongType(place, "an array of calls whose 'function' has a 'name'")
        }
        calls += 1
        let id = call["id"]?.string ?? "call_\(calls)"
        open.append((id, tool))
        var written = JSONObjectText()
        written.add("name", json: name)
        let arguments = function["arguments"]
        if let arguments, arguments.isString {
            written.add("arguments", json: arguments)
        } else {
            written.add("arguments", arguments?.spelling ?? "{}")
        }
        var result = JSONObjectText()
        result.add("id", id)
        result.add("type", "function")
        result.add("function", json: written.bytes)
        return result.bytes
    }

    /// Which call a tool's result belongs to.
    private mutating func addOrigin(
        of message: JSONMembers, to written: inout JSONObjectText, _ place: String
    ) throws {
        // Older clients call it `name`.
        let name = message["tool_name"] ?? message["name"]
        let known = message["tool_call_id"]?.string
        let index =
            open.firstIndex { call in known.map { $0 == call.id } ?? (call.tool == name?.string) }
            ?? (known == nil ? open.indices.first : nil)
        let call = index.map { open.remove(at: $0) }
        if let id = known ?? call?.id { written.add("tool_call_id", id) }
        if let name, name.isString {
            written.add("name", json: name)
        } else if let call {
            written.add("name", call.tool)
        }
    }
}
