/// Why a file could not be read as GGUF: one sentence with the file, the byte offset and what was expected there.
public struct GGUFError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What may help.
    public enum Kind: Hashable, Sendable {
        case broken
        /// The file ends too early: more of it may be still to come.
        case short
        /// The file is of a newer format than Ember knows, and may be whole.
        case unfamiliar
    }

    /// The path that was read.
    public let file: String
    /// Where in the file the problem was met, in bytes from its start; nil when the file could not be opened.
    public let offset: Int?
    /// What was expected and what was found.
    public let problem: String
    public let kind: Kind

    public init(file: String, offset: Int?, problem: String, kind: Kind = .broken) {
        self.file = file
        self.kind = kind
        self.offset = offset
        self.problem = problem
    }

    public var description: String {
        guard let offset else { return "GGUF file \(file): \(problem)" }
        return "GGUF file \(file), byte \(offset): \(problem)"
    }
}
