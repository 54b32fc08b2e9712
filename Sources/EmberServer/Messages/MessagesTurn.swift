import EmberContext

/// What the blocks of one message become in a chat: its parts, its calls of tools, and the results of earlier ones,
/// which are messages of their own there.
struct MessagesTurn {
    private var parts = JSONArrayText()
    private var calls = JSONArrayText()
    private var results = [[UInt8]]()
    /// Within a literal.
    private var thoughts: [UInt8] = []

    mutating func add(_ block: JSONMembers.Value, _ place: MessagesPlace) throws {
        guard block.isObject, case let members = try JSONMembers(block), let type = members["type"]?.string else {
            throw APIError.wrongType("\(place)", #"a block such as {"type": "text", "text": "Hello"}"#)
        }
        switch type {
        case "thinking":
            if let text = members["thinking"], text.isString { thoughts += text.inner }
        // Nothing that a model here could read.
        case "redacted_thinking": break
        case "tool_use": calls.add(json: try Self.call(members, place))
        case "tool_result": results.append(try Self.result(members, place))
        default: try MessagesParts.add(members, type, place, to: &parts)
        }
    }

    /// Results come first: they answer the calls of the message before.
    func write(_ role: JSONMembers.Value, to messages: inout JSONArrayText) {
        for result in results { messages.add(json: result) }
        guard !parts.isEmpty || !calls.isEmpty || !thoughts.isEmpty else { return }
        var message = JSONObjectText()
        message.add("role", json: role)
        message.add("content", json: parts.isEmpty ? Array("\"\"".utf8) : parts.bytes)
        if !calls.isEmpty { message.add("tool_calls", json: calls.bytes) }
        if !thoughts.isEmpty {
            message.add("reasoning_content", json: [UInt8(ascii: "\"")] + thoughts + [UInt8(ascii: "\"")])
        }
        messages.add(json: message.bytes)
    }

    // MARK: Tools

    private static func call(_ block: JSONMembers, _ place: MessagesPlace) throws -> [UInt8] {
        guard let name = block["name"], name.isString else { throw APIError.wrongType("\(place).name", "a string") }
        guard let id = block["id"], id.isString else { throw APIError.wrongType("\(place).id", "a string") }
        var function = JSONObjectText()
        function.add("name", json: name)
        // As a model that is not shown white space writes it: a prompt then begins as the earlier one has ended.
        function.add("arguments", block["input"].map { String(decoding: $0.compact, as: UTF8.self) } ?? "{}")
        var call = JSONObjectText()
        call.add("id", json: id)
        call.add("type", "function")
        call.add("function", json: function.bytes)
        return call.bytes
    }

    private static func result(_ block: JSONMembers, _ place: MessagesPlace) throws -> [UInt8] {
        guard let id = block["tool_use_id"], id.isString else {
            throw APIError.wrongType("\(place).tool_use_id", "a string: the 'id' of the tool_use that it answers")
        }
        var message = JSONObjectText()
        message.add("role", "tool")
        message.add("tool_call_id", json: id)
        message.add("content", json: try content(ofResult: block["content"], place))
        return message.bytes
    }

    /// A text, which all templates know; parts only where there are pictures.
    private static func content(ofResult value: JSONMembers.Value?, _ place: MessagesPlace) throws -> [UInt8] {
        guard let value else { return Array("\"\"".utf8) }
        if value.isString { return Array(value) }
        guard value.isArray else { throw APIError.wrongType("\(place).content", "a string or a list of blocks") }
        var parts = JSONArrayText()
        for (index, block) in try value.elements().enumerated() {
            let place = place.block(index)
            guard block.isObject, case let members = try JSONMembers(block), let type = members["type"]?.string else {
                throw APIError.wrongType("\(place)", "a block with a type")
            }
            try MessagesParts.add(members, type, place, to: &parts)
        }
        return try parts.bytes.withUnsafeBufferPointer { try MessagesParts.joined($0[...]) } ?? parts.bytes
    }
}
