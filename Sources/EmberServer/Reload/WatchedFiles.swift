public import EmberSystem

/// Files that a configuration comes from, and what they were when they were looked at last: they count once nothing of
/// them has changed for a while, as who writes them may not be done.
public struct WatchedFiles: Sendable {
    /// What there is now, by path; blocks.
    public typealias Look = @Sendable () -> [String: FileStamp]

    let look: Look
    /// As they were when the configuration was read last.
    private var taken: [String: FileStamp]
    private var seen: [String: FileStamp]
    private var seenAt: TimeSource.Instant

    /// For how long nothing must have changed.
    static let quiet = Duration.seconds(2)

    /// - Parameter look: returns the same as long as nothing has changed.
    public init(_ time: TimeSource, look: @escaping Look) {
        self.look = look
        taken = look()
        (seen, seenAt) = (taken, time.now)
    }

    /// Takes in what there is now.
    ///
    /// - Returns: whether it has changed since it was taken last, and is quiet; then it counts as taken.
    mutating func takes(_ now: [String: FileStamp], at instant: TimeSource.Instant) -> Bool {
        if now != seen { (seen, seenAt) = (now, instant) }
        guard seen != taken, instant - seenAt >= Self.quiet else { return false }
        taken = seen
        return true
    }
}
