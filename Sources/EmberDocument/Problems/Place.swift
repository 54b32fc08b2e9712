/// Where a setting was written: a file with line and column, a flag or an environment variable.
public struct Place: Sendable, Hashable {
    /// The file's path, "flag --listen" or "environment variable EMBER_LISTEN".
    public let source: String
    /// Counted from 1; nil outside of files.
    public let line: Int?
    /// Counted from 1, in Unicode scalars; nil outside of files.
    public let column: Int?

    public init(source: String, line: Int? = nil, column: Int? = nil) {
        self.source = source
        self.line = line
        self.column = column
    }
}

extension Place: CustomStringConvertible {
    public var description: String {
        guard let line, let column else { return source }
        return "\(source):\(line):\(column)"
    }
}

extension Place: Comparable {
    public static func < (left: Place, right: Place) -> Bool {
        (left.line ?? 0, left.column ?? 0, left.source) < (right.line ?? 0, right.column ?? 0, right.source)
    }
}
