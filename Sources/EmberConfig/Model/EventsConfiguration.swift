/// Whether, and how much of, what happens is written down.
public struct EventsConfiguration: Sendable, Equatable {
    public var isRecorded = false
    /// Whether each request's decision goes into Ember's own log.
    public var logsDecisions = false
    /// All logs together, in bytes.
    public var limitBytes = 256 << 20

    public init() {}
}
