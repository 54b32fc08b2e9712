import EmberCore

// Messages of chats, and items of a response's input.
extension RequestShape {
    mutating func takeMessages(_ kind: RequestKind, _ key: StaticString, _ scanner: inout JSONScanner) throws {
        if kind == .responses, scanner.skipSpace() == UInt8(ascii: "\"") {
            texts.prompt = PromptMeasure.Text(tokens: 0, visibleBytes: try scanner.text().visibleBytes)
            return
        }
        guard scanner.skipSpace() == UInt8(ascii: "[") else {
            try scanner.skipValue()
            problems.report(key, BodyProblem(param: "\(key)", "'\(key)' must be a list: \(kind.promptExample)."))
            return
        }
        try scanner.elements { scanner in
            try takeMessage(kind, key, &scanner)
            measure.addOne()
        }
        if measure.count == 0 {
            problems.report(key, BodyProblem(param: "\(key)", "'\(key)' is empty: \(kind.promptExample)."))
        } else if measure.count > BodyBounds.messages {
            let problem = "'\(key)' has \(measure.count) elements, more than \(BodyBounds.messages); send less at once."
            problems.report(key, BodyProblem(.tooMany, param: "\(key)", problem))
        }
    }

    /// What a message has said of itself so far.
    private struct Message {
        enum Role { case missing, user, assistant, instructing, other }

        var role = Role.missing
        var visibleBytes = 0
        /// Its text contains marks of thoughts, which templates leave out of an assistant's earlier turns.
        var mayHaveThoughts = false
        var hasContent = false
        /// An item of a response's input that is no message.
        var isItem = false
        /// What is wrong with it; and to llama-server alone.
        private(set) var flaw: Flaw?
        private(set) var engineFlaw: Flaw?

        mutating func report(_ flaw: Flaw) { if self.flaw == nil { self.flaw = flaw } }
        mutating func reportForEngine(_ flaw: Flaw) { if engineFlaw == nil { engineFlaw = flaw } }
    }

    /// What is wrong with a message. It is put into words only for a request that is refused.
    private enum Flaw {
        /// Such as "must be an object".
        case words(StaticString)
        /// A member that is no string.
        case noText(StaticString)
        /// A part that is no object, and where it stands.
        case badPart(Range<Int>)

        func words(_ scanner: JSONScanner) -> String {
            switch self {
            case .words(let words): "\(words)"
            case .noText(let name): "has a '\(name)' that is no string; leave it out"
            case .badPart(let range):
                "has a part that is no object: \(String(decoding: scanner.text(range).prefix(20), as: UTF8.self))"
            }
        }
    }

    private mutating func takeMessage(_ kind: RequestKind, _ key: StaticString, _ scanner: inout JSONScanner) throws {
        var message = Message()
        if scanner.skipSpace() == UInt8(ascii: "{") {
            try scanner.members { member, scanner in try take(member, of: &message, kind, &scanner) }
            if kind != .responses || !message.isItem { check(&message, kind) }
        } else {
            try scanner.skipValue()
            message.report(.words("must be an object with a role and a content"))
        }
        let place = measure.count
        if let flaw = message.flaw { problems.report(key, Self.problem(flaw, key, place, scanner)) }
        if let flaw = message.engineFlaw { problems.reportForEngine(key, Self.problem(flaw, key, place, scanner)) }
        count(message)
    }

    private static func problem(
        _ flaw: Flaw, _ key: StaticString, _ place: Int, _ scanner: JSONScanner
    ) -> BodyProblem {
        let place = "\(key)[\(place)]"
        return BodyProblem(param: place, "'\(place)' \(flaw.words(scanner)).")
    }

    private func check(_ message: inout Message, _ kind: RequestKind) {
        if message.role == .missing {
            message.report(.words(#"has no 'role'; write such as "role": "user""#))
        } else if !message.hasContent, message.role != .assistant {
            message.report(.words(#"has no 'content'; write such as "content": "Hello""#))
        }
    }

    private mutating func count(_ message: Message) {
        guard message.visibleBytes > 0, message.role != .other, message.role != .missing else { return }
        if message.role == .assistant, message.mayHaveThoughts { return }
        texts.prompt.visibleBytes += message.visibleBytes
        // A system prompt may become part of another message.
        if message.role != .instructing { texts.prompt.tokens += 1 }
    }

    private mutating func take(
        _ member: JSONText, of message: inout Message, _ kind: RequestKind, _ scanner: inout JSONScanner
    ) throws {
        if scanner.spells("role", member) {
            // What a second role makes of the text was not looked for.
            message.mayHaveThoughts = message.mayHaveThoughts || message.role != .missing
            message.role = try Self.role(&message, &scanner)
        } else if scanner.spells("content", member) {
            try takeContent(of: &message, kind, &scanner)
        } else if scanner.spells("tool_calls", member) {
            try Self.takeCalls(of: &message, &scanner)
        } else if kind != .responses, let name = Self.textMembers.first(where: { scanner.spells($0, member) }) {
            let isText = scanner.skipSpace() == UInt8(ascii: "\"")
            try scanner.skipValue()
            if !isText { message.reportForEngine(.noText(name)) }
        } else if scanner.spells("type", member), kind == .responses, scanner.skipSpace() == UInt8(ascii: "\"") {
            let type = try scanner.text()
            message.isItem = !scanner.spells("message", type)
        } else {
            try scanner.skipValue()
        }
    }

    /// Members of a message that are texts where they are there.
    private static let textMembers: [StaticString] = ["name", "tool_call_id", "reasoning_content"]

    private static func role(_ message: inout Message, _ scanner: inout JSONScanner) throws -> Message.Role {
        guard scanner.skipSpace() == UInt8(ascii: "\"") else {
            try scanner.skipValue()
            message.report(.words(#"has a 'role' that is no string; write such as "role": "user""#))
            return .other
        }
        let role = try scanner.text()
        if scanner.spells("user", role) { return .user }
        if scanner.spells("assistant", role) { return .assistant }
        return scanner.spells("system", role) || scanner.spells("developer", role) ? .instructing : .other
    }

    private mutating func takeContent(
        of message: inout Message, _ kind: RequestKind, _ scanner: inout JSONScanner
    ) throws {
        message.hasContent = true
        message.visibleBytes = 0
        switch scanner.skipSpace() {
        case UInt8(ascii: "\""): Self.add(try scanner.text(), to: &message, scanner)
        case UInt8(ascii: "["):
            try scanner.elements { scanner in try takePart(of: &message, kind, &scanner) }
        default:
            if !scanner.text(try scanner.skipValue()).elementsEqual("null".utf8) {
                message.report(.words("has a 'content' that is neither a string nor a list of parts"))
            }
        }
    }

    private static func add(_ text: JSONText, to message: inout Message, _ scanner: JSONScanner) {
        message.visibleBytes += text.visibleBytes
        guard message.role == .assistant || message.role == .missing else { return }
        // As <think>, [THINK] and <|channel|> mark them; the role may stand behind the content.
        message.mayHaveThoughts =
            message.mayHaveThoughts || scanner.holds("hink", text) || scanner.holds("HINK", text)
            || scanner.holds("channel", text)
    }

    /// A part of a content: text, a picture, sound, or what only the engine knows.
    private mutating func takePart(
        of message: inout Message, _ kind: RequestKind, _ scanner: inout JSONScanner
    ) throws {
        guard scanner.skipSpace() == UInt8(ascii: "{") else {
            let part = try scanner.skipValue()
            if kind == .chat { message.report(.badPart(part)) }
            return
        }
        var (type, text, hasBadText, hasSource) = (PartType.other, JSONText?.none, false, false)
        var hasInner = false
        try scanner.members { member, scanner in
            if scanner.spells("type", member), scanner.skipSpace() == UInt8(ascii: "\"") {
                type = PartType(try scanner.text(), scanner)
            } else if scanner.spells("text", member) {
                if scanner.skipSpace() == UInt8(ascii: "\"") {
                    text = try scanner.text()
                } else {
                    hasBadText = true
                    try scanner.skipValue()
                }
            } else if scanner.spells("content", member), scanner.skipSpace() == UInt8(ascii: "[") {
                // Of a tool's result.
                try scanner.elements { scanner in hasInner = try Self.isPicture(&scanner) || hasInner }
            } else {
                hasSource = hasSource || scanner.spells("source", member)
                try scanner.skipValue()
            }
        }
        switch type {
        case .text:
            if let text { Self.add(text, to: &message, scanner) }
            if text == nil || hasBadText {
                message.report(.words("has a part of type text without a 'text', a string"))
            }
        case .picture: measure.addPicture()
        case .source: if hasSource { measure.addPicture() }
        case .sound: measure.addSound()
        case .result: if hasInner { measure.addPicture() }
        case .other: break
        }
    }

    /// Whether the value here is Anthropic's picture; walks over it.
    private static func isPicture(_ scanner: inout JSONScanner) throws -> Bool {
        guard scanner.skipSpace() == UInt8(ascii: "{") else {
            try scanner.skipValue()
            return false
        }
        var isPicture = false
        try scanner.members { member, scanner in
            if scanner.spells("type", member), scanner.skipSpace() == UInt8(ascii: "\"") {
                let type = try scanner.text()
                isPicture = scanner.spells("image", type)
            } else {
                try scanner.skipValue()
            }
        }
        return isPicture
    }

    private enum PartType {
        case text, picture, sound, other
        /// Anthropic's picture, which is in its source, and a tool's result, which may hold such.
        case source, result

        init(_ type: JSONText, _ scanner: JSONScanner) {
            func isOne(of types: StaticString...) -> Bool { types.contains { scanner.spells($0, type) } }
            if isOne(of: "text", "input_text", "output_text") {
                self = .text
            } else if isOne(of: "image_url", "input_image") {
                self = .picture
            } else if isOne(of: "input_audio") {
                self = .sound
            } else if isOne(of: "image") {
                self = .source
            } else {
                self = isOne(of: "tool_result") ? .result : .other
            }
        }
    }

    private static func takeCalls(of message: inout Message, _ scanner: inout JSONScanner) throws {
        guard scanner.skipSpace() == UInt8(ascii: "[") else {
            if !scanner.text(try scanner.skipValue()).elementsEqual("null".utf8) {
                message.report(.words("has 'tool_calls' that are no list"))
            }
            return
        }
        try scanner.elements { scanner in try takeCall(of: &message, &scanner) }
    }

    private static func takeCall(of message: inout Message, _ scanner: inout JSONScanner) throws {
        var (hasType, isFunction, hasFunction) = (false, false, false)
        if scanner.skipSpace() == UInt8(ascii: "{") {
            try scanner.members { key, scanner in
                let isText = scanner.skipSpace() == UInt8(ascii: "\"")
                if scanner.spells("type", key), isText {
                    let type = try scanner.text()
                    (hasType, isFunction) = (true, scanner.spells("function", type))
                } else if scanner.spells("function", key) {
                    hasFunction = try hasMember("name", and: "arguments", &scanner)
                } else {
                    if scanner.spells("id", key), !isText {
                        message.reportForEngine(.words("has a tool call whose 'id' is no string"))
                    }
                    try scanner.skipValue()
                }
            }
        } else {
            try scanner.skipValue()
        }
        if !hasType {
            message.report(.words("has a tool call without a 'type', such as \"function\""))
        } else if !isFunction {
            message.reportForEngine(.words("has a tool call of another 'type' than \"function\""))
        } else if !hasFunction {
            message.report(.words("has a tool call whose 'function' has no 'name', a string, or no 'arguments'"))
        }
    }

    /// Whether the value here is an object with such a member, a string, and perhaps another one, of any kind; walks
    /// over it.
    private static func hasMember(
        _ name: StaticString, and other: StaticString? = nil, _ scanner: inout JSONScanner
    ) throws -> Bool {
        guard scanner.skipSpace() == UInt8(ascii: "{") else {
            try scanner.skipValue()
            return false
        }
        var (isThere, isOtherThere) = (false, other == nil)
        try scanner.members { key, scanner in
            let isText = scanner.skipSpace() == UInt8(ascii: "\"")
            if scanner.spells(name, key) { isThere = isText }
            if let other, scanner.spells(other, key) { isOtherThere = true }
            try scanner.skipValue()
        }
        return isThere && isOtherThere
    }

    // MARK: Tools

    mutating func takeTools(_ scanner: inout JSONScanner) throws {
        problems.forget("tools")
        guard scanner.skipSpace() == UInt8(ascii: "[") else {
            let value = scanner.text(try scanner.skipValue())
            if !value.elementsEqual("null".utf8) {
                problems.report("tools", BodyProblem(param: "tools", "'tools' must be a list of objects."))
            }
            return
        }
        var count = 0
        let needsType = kind == .chat || kind == .responses
        try scanner.elements { scanner in
            let tool = try takeTool(&scanner)
            if kind == .chat, tool.isGood, !tool.isFunction {
                let problem = "'tools[\(count)]' has another 'type' than \"function\"; leave it out."
                problems.reportForEngine("tools", BodyProblem(param: "tools[\(count)]", problem))
            }
            if !tool.isGood, needsType {
                let place = "tools[\(count)]"
                let problem = BodyProblem(
                    param: place,
                    "'\(place)' must be an object with a 'type'; a function needs a 'name' too, such as \(toolExample)."
                )
                problems.report("tools", problem)
            }
            count += 1
        }
        guard count > BodyBounds.tools else { return }
        let problem = "'tools' has \(count) elements, more than \(BodyBounds.tools); send less at once."
        problems.report("tools", BodyProblem(.tooMany, param: "tools", problem))
    }

    private var toolExample: String {
        kind == .responses
            ? #"{"type": "function", "name": "f"}"# : #"{"type": "function", "function": {"name": "f"}}"#
    }

    /// Whether a tool says what it is, and a function its name.
    private func takeTool(_ scanner: inout JSONScanner) throws -> (isGood: Bool, isFunction: Bool) {
        guard scanner.skipSpace() == UInt8(ascii: "{") else {
            try scanner.skipValue()
            return (false, false)
        }
        var (hasType, isFunction, hasName) = (false, false, false)
        try scanner.members { key, scanner in
            let isText = scanner.skipSpace() == UInt8(ascii: "\"")
            if scanner.spells("type", key), isText {
                let type = try scanner.text()
                (hasType, isFunction) = (true, scanner.spells("function", type))
            } else if scanner.spells("name", key), kind == .responses {
                hasName = isText
                try scanner.skipValue()
            } else if scanner.spells("function", key), kind != .responses {
                hasName = try Self.hasMember("name", &scanner)
            } else {
                try scanner.skipValue()
            }
        }
        return (hasType && (hasName || !isFunction), isFunction)
    }
}
