import EmberContext

/// The tool calls of an answer: OpenAI's streams bring them in parts, Ollama's clients want each as a whole, with its
/// arguments as an object.
struct OllamaCalls: Sendable {
    private struct Call: Sendable {
        let place: Int
        var id: String?
        var name: String
        var arguments: String

        var whole: [UInt8]? {
            let arguments = arguments.allSatisfy(\.isWhitespace) ? "{}" : arguments
            guard Self.isObject(arguments) else { return nil }
            var function = JSONObjectText()
            function.add("index", place)
            function.add("name", name)
            function.add("arguments", json: arguments.utf8)
            var call = JSONObjectText()
            if let id { call.add("id", id) }
            call.add("function", json: function.bytes)
            return call.bytes
        }

        /// The call as the model wrote it.
        var text: String {
            "{\"name\": \(JSONLiteral.string(name)), \"arguments\": \(arguments)"
        }

        private static func isObject(_ text: String) -> Bool {
            var text = text
            return text.withUTF8 { (try? JSONMembers($0)) != nil }
        }
    }

    private var calls: [Call] = []

    mutating func take(_ parts: [ChatPiece.CallPart]) {
        for part in parts {
            if let index = calls.lastIndex(where: { $0.place == part.place }) {
                calls[index].id = calls[index].id ?? part.id
                calls[index].name += part.name ?? ""
                calls[index].arguments += part.arguments ?? ""
            } else {
                calls.append(
                    Call(place: part.place, id: part.id, name: part.name ?? "", arguments: part.arguments ?? ""))
            }
        }
    }

    /// The calls, which are then gone. One whose arguments are no object, such as one that the bound of tokens has cut,
    /// is none that a client could make: it becomes text.
    ///
    /// - Returns: an array, nil where it would be empty, and a literal.
    mutating func takeWhole() -> (calls: [UInt8]?, text: [UInt8]?) {
        defer { calls = [] }
        var whole = JSONArrayText()
        var text = ""
        for call in calls {
            if let json = call.whole { whole.add(json: json) } else { text += call.text }
        }
        return (whole.isEmpty ? nil : whole.bytes, text.isEmpty ? nil : Array(JSONLiteral.string(text).utf8))
    }
}
