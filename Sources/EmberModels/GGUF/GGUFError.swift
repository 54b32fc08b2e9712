/// Why a file could not be read as GGUF: one sentence with the file, the byte offset and what was expected there.
public struct GGUFError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path that was read.
    public let file: String
    /// Where in the file the problem was met, in bytes from its start; nil when the file could not be opened.
    public let offset: Int?
    /// What was expected and what was found.
    public let problem: String

    /// The file may be good: Ember does not know what it has, and an engine might.
    public let isForeign: Bool

    public init(file: String, offset: Int?, problem: String, isForeign: Bool = false) {
        self.isForeign = isForeign
        self.file = file
        self.offset = offset
        self.problem = problem
    }

    public var description: String {
        guard let offset else { return "GGUF file \(file): \(problem)" }
        return "GGUF file \(file), byte \(offset): \(problem)"
    }
}
