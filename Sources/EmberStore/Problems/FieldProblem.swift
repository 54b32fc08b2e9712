/// What is wrong with one field of what was given: the field, its value and how to put it right.
public struct FieldProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let field: String
    /// As an error message shows it: on one line, of bounded length.
    public let value: String
    public let fix: String

    init(_ field: String, _ value: String, _ fix: String) {
        self.field = field
        self.value = value
        self.fix = fix
    }

    public var description: String { "\(field) is \(value): \(fix)" }
}

/// What is wrong with one line of an import.
public struct LineProblem: Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1.
    public let line: Int
    public let problem: FieldProblem

    public var description: String { "line \(line): \(problem)" }
}
