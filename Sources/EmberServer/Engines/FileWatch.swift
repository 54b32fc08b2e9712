import EmberSystem

/// What was last seen of one model's files.
struct FileWatch {
    private var isLooking = false
    /// Of a model in memory, the change that was reported last.
    private var reported: [FileStamp?]?
    private var readAt: TimeSource.Instant?

    /// After how long files are read again although their stamps have not changed: a disk, say, could not be read for a
    /// moment.
    private static let pause = Duration.seconds(30)

    /// False: one look at the files has not ended yet.
    mutating func begin() -> Bool {
        defer { isLooking = true }
        return !isLooking
    }

    mutating func end() { isLooking = false }

    /// Whether a model that cannot be loaded should be read again though nothing of it seems to have changed.
    mutating func isTimeToReadAgain(at now: TimeSource.Instant) -> Bool {
        guard let last = readAt else {
            readAt = now
            return false
        }
        guard now - last >= Self.pause else { return false }
        readAt = now
        return true
    }

    /// Whether the change has not been reported yet.
    mutating func isNews(_ stamps: [FileStamp?]) -> Bool {
        guard reported != stamps else { return false }
        reported = stamps
        return true
    }
}
