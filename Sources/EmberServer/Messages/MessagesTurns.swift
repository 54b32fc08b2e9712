/// The messages of a chat, from Anthropic's form into OpenAI's.
enum MessagesTurns {
    /// - Parameters:
    ///   - messages: an array.
    ///   - system: stands apart in Anthropic's form.
    static func translated(_ messages: JSONMembers.Value, system: JSONMembers.Value?) throws -> [UInt8] {
        var written = JSONArrayText()
        if let system {
            var message = JSONObjectText()
            message.add("role", "system")
            message.add("content", json: try MessagesSystem.translated(system))
            written.add(json: message.bytes)
        }
        for (index, message) in try messages.elements().enumerated() {
            try add(message, MessagesPlace(message: index), to: &written)
        }
        return written.bytes
    }

    private static func add(
        _ message: JSONMembers.Value, _ place: MessagesPlace, to written: inout JSONArrayText
    ) throws {
        guard message.isObject else { throw APIError.wrongType("\(place)", "an object with a role and a content") }
        let members = try JSONMembers(message)
        guard let content = members["content"], content.isArray else {
            // A text means the same in both forms; an assistant's message without any says nothing.
            if members["content"] != nil || members["role"]?.string != "assistant" { written.add(json: message) }
            return
        }
        var turn = MessagesTurn()
        for (index, block) in try content.elements().enumerated() { try turn.add(block, place.block(index)) }
        guard let role = members["role"], role.isString else {
            throw APIError.wrongType("\(place).role", #"a string, such as "user""#)
        }
        turn.write(role, to: &written)
    }
}

/// The system prompt: a text, or blocks of text, which are joined as they are.
enum MessagesSystem {
    static func translated(_ value: JSONMembers.Value) throws -> [UInt8] {
        var text = [UInt8(ascii: "\"")]
        if value.isString {
            text += steady(value.inner)
        } else {
            guard value.isArray else { throw APIError.wrongType("system", "a string or a list of text blocks") }
            for (index, block) in try value.elements().enumerated() {
                guard block.isObject, case let members = try JSONMembers(block), members["type"]?.string == "text",
                    let part = members["text"], part.isString
                else {
                    throw APIError.wrongType("\(MessagesPlace(message: nil).block(index))", "a block of type text")
                }
                text += steady(part.inner)
            }
        }
        return text + [UInt8(ascii: "\"")]
    }

    /// Some agents begin their system prompt with a line for Anthropic's billing, in which a check sum (`cch=1a2b3;`)
    /// changes with each request: no prompt would begin as the one before, and each would be computed wholly. Its
    /// digits say nothing to a model, so all become `f`, as llama-server writes them too.
    private static func steady(_ text: JSONMembers.Value) -> [UInt8] {
        var steady = Array(text)
        guard text.starts(with: "x-anthropic-billing-header:".utf8),
            let start = steady.indices.first(where: { steady[$0...].starts(with: "cch=".utf8) }).map({ $0 + 4 }),
            start + 5 < steady.count, steady[start + 5] == UInt8(ascii: ";"),
            !steady[start..<start + 5].contains(UInt8(ascii: "\\"))
        else { return steady }
        for place in start..<start + 5 { steady[place] = UInt8(ascii: "f") }
        return steady
    }
}
