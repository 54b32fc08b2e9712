/// A JSON value whose objects keep their order, for defaults, examples and the schema.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Sendable, Equatable {
        package let key: String
        package let value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { Member(key: $0.key, value: $0.value) })
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByFloatLiteral {
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(floatLiteral value: Double) { self = .number(value) }
}

extension JSONValue {
    /// The value as JSON text, two spaces an indentation; arrays of plain values stay on one line.
    package func jsonText(indentation: Int = 0) -> String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): Self.text(value)
        case .string(let value): Self.quoted(value)
        case .array(let elements): Self.arrayText(elements, indentation)
        case .object(let members): Self.objectText(members, indentation)
        }
    }

    /// The value as JSON text without spaces or line ends.
    package var lineText: String {
        var line = ""
        write(to: &line)
        return line
    }

    private func write(to line: inout String) {
        switch self {
        case .array(let elements):
            line += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { line += "," }
                element.write(to: &line)
            }
            line += "]"
        case .object(let members):
            line += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { line += "," }
                line += Self.quoted(member.key)
                line += ":"
                member.value.write(to: &line)
            }
            line += "}"
        default: line += jsonText()
        }
    }

    /// An object's members; none of other values.
    package var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }

    /// The value as YAML on one line.
    package var yamlText: String {
        switch self {
        case .string(let value): Self.isPlainYAML(value) ? value : Self.quoted(value)
        case .array(let elements): "[" + elements.map(\.yamlText).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\($0.key): \($0.value.yamlText)" }.joined(separator: ", ") + "}"
        default: jsonText()
        }
    }

    private var isComposite: Bool {
        switch self {
        case .array(let elements): elements.contains(where: \.isComposite) || elements.count > 8
        case .object: true
        default: false
        }
    }

    private static func arrayText(_ elements: [JSONValue], _ indentation: Int) -> String {
        guard elements.contains(where: \.isComposite) else {
            return "[" + elements.map { $0.jsonText() }.joined(separator: ", ") + "]"
        }
        return block("[", elements.map { $0.jsonText(indentation: indentation + 1) }, "]", indentation)
    }

    private static func objectText(_ members: [Member], _ indentation: Int) -> String {
        guard !members.isEmpty else { return "{}" }
        let lines = members.map { "\(quoted($0.key)): \($0.value.jsonText(indentation: indentation + 1))" }
        return block("{", lines, "}", indentation)
    }

    private static func block(_ opening: String, _ lines: [String], _ closing: String, _ indentation: Int) -> String {
        let inner = String(repeating: "  ", count: indentation + 1)
        let outer = String(repeating: "  ", count: indentation)
        return "\(opening)\n\(inner)" + lines.joined(separator: ",\n\(inner)") + "\n\(outer)\(closing)"
    }

    /// JSON has no number for what is not finite.
    private static func text(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: mustBeEscaped) else { return "\"\(text)\"" }
        let escaped = text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\t": "\\t"
            case _ where scalar.value < 0x20: "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }

    private static func mustBeEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Conservative: quotes are never wrong, a missing quote may be.
    private static func isPlainYAML(_ text: String) -> Bool {
        guard let first = text.first, text.last != ":" else { return false }
        let isStartSafe = first.isLetter || first.isNumber || "./~".contains(first)
        let isSafe = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_./:%~+-".contains($0)) }
        return isStartSafe && isSafe && Double(text) == nil && !["true", "false", "null", "~"].contains(text)
    }
}
