public import EmberDocument

/// Every problem that was found in a configuration, in the order of the file.
public struct ConfigurationError: Error, Sendable, Equatable {
    /// Never empty.
    public let issues: [Issue]

    public init(issues: [Issue]) { self.issues = issues }
}

extension ConfigurationError: CustomStringConvertible {
    /// One issue a line.
    public var description: String { issues.map(\.description).joined(separator: "\n") }
}
