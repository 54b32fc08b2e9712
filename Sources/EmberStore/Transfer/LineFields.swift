import EmberDocument

/// The members of a line's JSON object; each reading says what is wrong with a member of another type.
struct LineFields {
    private let members: [String: JSONValue]
    /// Goes before the names of the members in what is said of them.
    private let prefix: String

    init(_ members: [JSONValue.Member], prefix: String = "", known: [String]) throws(FieldProblem) {
        for member in members where !known.contains(member.key) {
            throw FieldProblem(
                prefix + member.key, "unknown",
                "the fields are \(known.joined(separator: ", "))" + Suggestion.phrase(for: member.key, among: known))
        }
        // JSON lets a name come twice; the last one counts, as in most readers.
        self.members = Dictionary(members.map { ($0.key, $0.value) }) { $1 }
        self.prefix = prefix
    }

    /// Nil where it is missing or null.
    func text(_ key: String) throws(FieldProblem) -> String? {
        switch members[key] {
        case nil, .null: return nil
        case .string(let text): return text
        case let other?: throw wrong(key, other, "give a text")
        }
    }

    func requiredText(_ key: String) throws(FieldProblem) -> String {
        guard let text = try text(key) else { throw FieldProblem(prefix + key, "missing", "give a text") }
        return text
    }

    func number(_ key: String) throws(FieldProblem) -> Double? {
        switch members[key] {
        case nil, .null: return nil
        case .integer(let number): return Double(number)
        case .number(let number): return number
        case let other?: throw wrong(key, other, "give a number")
        }
    }

    /// An object of whole numbers.
    func counts(_ key: String) throws(FieldProblem) -> [String: Int] {
        guard let counted = try object(key, "give an object of counts, such as {\"my-model\": 120}") else { return [:] }
        var counts: [String: Int] = [:]
        for member in counted {
            guard case .integer(let count) = member.value else {
                throw wrong("\(key).\(member.key)", member.value, "give a whole number")
            }
            counts[member.key] = count
        }
        return counts
    }

    func object(_ key: String, _ fix: String) throws(FieldProblem) -> [JSONValue.Member]? {
        switch members[key] {
        case nil, .null: return nil
        case .object(let members): return members
        case let other?: throw wrong(key, other, fix)
        }
    }

    private func wrong(_ key: String, _ value: JSONValue, _ fix: String) -> FieldProblem {
        let shown =
            switch value {
            case .string(let text): Quotation.of(text)
            case .array: "an array"
            case .object: "an object"
            default: value.lineText
            }
        return FieldProblem(prefix + key, shown, fix)
    }
}
