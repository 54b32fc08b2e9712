/// What a line of the log looks like.
public enum LogFormat: String, Sendable, CaseIterable {
    case text
    /// An object a line.
    case json
}

/// What Ember's own log has.
public struct LogConfiguration: Sendable, Equatable {
    public var format = LogFormat.text
    /// Whether each answer to a client gets a line.
    public var hasAccess = false

    public init() {}
}
