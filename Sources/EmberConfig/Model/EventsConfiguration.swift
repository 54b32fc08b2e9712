/// Whether, and how much of, what happens is written down.
public struct EventsConfiguration: Sendable, Equatable {
    public var isRecorded = false
    /// All logs together, in bytes.
    public var limitBytes = 256 << 20

    public init() {}
}
