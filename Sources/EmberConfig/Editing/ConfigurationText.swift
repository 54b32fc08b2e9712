/// The text of a configuration file, to which a model's section is added, or from which one is removed. All other lines
/// stay as they are, comments included.
public struct ConfigurationText: Sendable {
    /// Why the text cannot be edited.
    public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    private var lines: [Substring]
    /// How its lines end.
    private let end: String

    public init(_ text: String) {
        end = text.contains("\r\n") ? "\r\n" : "\n"
        lines = text.split(separator: end == "\n" ? "\n" : "\r\n", omittingEmptySubsequences: false)
    }

    public var text: String { lines.joined(separator: end) }

    /// Adds a model behind the others.
    ///
    /// - Parameter section: its lines as they would be two blanks below `models:`.
    public mutating func add(model section: String) throws(Problem) {
        let (first, last) = try models()
        let indent = first.map { Self.indent(of: lines[$0]) } ?? 2
        let added = section.split(separator: "\n").map { line in
            let depth = Self.indent(of: line)
            return Substring(String(repeating: " ", count: indent + depth - 2) + line.drop { $0 == " " })
        }
        // What ends without the end of a line has its last line there.
        if last == lines.count { lines.append("") }
        lines.insert(contentsOf: added, at: last)
    }

    /// Removes a model's lines.
    public mutating func remove(model name: String) throws(Problem) {
        let (first, last) = try models()
        guard let first else { throw Self.unknown(name) }
        let indent = Self.indent(of: lines[first])
        let own = (first..<last).first { Self.indent(of: lines[$0]) == indent && Self.key(of: lines[$0]) == name }
        guard let own else { throw Self.unknown(name) }
        var next = own + 1
        while next < last, Self.isBlank(lines[next]) || Self.indent(of: lines[next]) > indent { next += 1 }
        // Comments and blank lines before the next one are that one's.
        while next > own + 1, Self.isBlank(lines[next - 1]), Self.indent(of: lines[next - 1]) <= indent { next -= 1 }
        lines.removeSubrange(own..<next)
    }

    /// The first line of the first model, where there is one, and the line behind the last one's.
    private func models() throws(Problem) -> (first: Int?, end: Int) {
        guard let top = lines.firstIndex(where: { Self.indent(of: $0) == 0 && Self.key(of: $0) == "models" }) else {
            throw Problem(description: "has no line 'models:'")
        }
        guard Self.isBlank(lines[top].drop { $0 != ":" }.dropFirst()) else {
            throw Problem(description: "has its models within the line of 'models:'; give each model lines of its own")
        }
        var (first, end): (Int?, Int) = (nil, top + 1)
        for index in lines.indices.dropFirst(top + 1) where !Self.isBlank(lines[index]) {
            guard Self.indent(of: lines[index]) > 0 else { break }
            first = first ?? index
            end = index + 1
        }
        return (first, end)
    }

    private static func unknown(_ name: String) -> Problem {
        Problem(description: "has no lines of their own for the model '\(name)' below 'models:'")
    }

    private static func indent(of line: Substring) -> Int { line.prefix { $0 == " " }.count }

    /// Whether the line says nothing: it is empty, or a comment.
    private static func isBlank(_ line: Substring) -> Bool {
        let rest = line.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        return rest.isEmpty || rest.first == "#"
    }

    /// The key with which a line begins; nil: it begins with none.
    private static func key(of line: Substring) -> String? {
        let text = line.drop { $0 == " " }
        if let quote = text.first, quote == "\"" || quote == "'" {
            let inside = text.dropFirst()
            guard let end = inside.firstIndex(of: quote),
                inside[inside.index(after: end)...].drop(while: { $0 == " " }).first == ":"
            else { return nil }
            return String(inside[..<end])
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        var key = text[..<colon]
        while key.last == " " { key.removeLast() }
        return key.first == "#" || key.first == "-" ? nil : String(key)
    }
}
