/// One file of a model that is split over several.
public struct PullPart: Hashable, Sendable {
    /// From 1 on.
    public let number: Int
    public let count: Int
}

/// How far a pull is.
public struct PullProgress: Hashable, Sendable {
    public enum Phase: Hashable, Sendable {
        /// Another pull of the same file has to end first.
        case waitingForOtherPull
        case connecting
        /// An attempt failed; the next one, counted from 1, starts after `seconds`.
        case retrying(attempt: Int, of: Int, seconds: Double, reason: String)
        case downloading
        /// pip downloads the package; it reports no byte counts.
        case fetchingPackage
        case extracting
        /// The file's hash is computed.
        case verifying
        case done
    }

    public let phase: Phase
    /// Bytes done in this phase; in `downloading` with those of earlier attempts.
    public let bytesDone: Int
    /// Nil when unknown.
    public let totalBytes: Int?
    /// Average of the last seconds; nil until it is known.
    public let bytesPerSecond: Double?
    /// Which file it is of those of a split model; nil: the model is one file.
    public var part: PullPart?

    public init(phase: Phase, bytesDone: Int = 0, totalBytes: Int? = nil, bytesPerSecond: Double? = nil) {
        self.phase = phase
        self.bytesDone = bytesDone
        self.totalBytes = totalBytes
        self.bytesPerSecond = bytesPerSecond
    }

    /// Whole percent from 0 to 100, rounded down; nil when the total is unknown.
    public var percent: Int? {
        guard let totalBytes, totalBytes > 0 else { return nil }
        return Int(min(1, Double(bytesDone) / Double(totalBytes)) * 100)
    }

    /// Seconds until the phase ends at the present speed; nil when unknown.
    public var secondsLeft: Double? {
        guard let totalBytes, let bytesPerSecond, bytesPerSecond > 0 else { return nil }
        return Double(max(0, totalBytes - bytesDone)) / bytesPerSecond
    }
}
