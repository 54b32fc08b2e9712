import EmberCore
import EmberSystem

/// Which models' files are being looked at, and what was seen of them last.
struct FileWatch {
    private var looking: Set<Int> = []
    /// Of models in memory, the change that was told last.
    private var told: [InstanceID: [FileStamp?]] = [:]
    /// Engines that are to be loaded again once they have left.
    private var returning: Set<InstanceID> = []
    private var readAt: [Int: ContinuousClock.Instant] = [:]

    /// What a file's stamps do not show, such as a disk that could not be read for a moment, is tried again after so long.
    private static let pause = Duration.seconds(30)

    /// False: one look at the model's files has not ended yet.
    mutating func begin(_ index: Int) -> Bool { looking.insert(index).inserted }

    mutating func end(_ index: Int) { looking.remove(index) }

    /// Whether a model that cannot be loaded should be read again though nothing of it seems to have changed.
    mutating func isTimeToReadAgain(_ index: Int) -> Bool {
        let now = ContinuousClock.now
        guard let last = readAt[index] else {
            readAt[index] = now
            return false
        }
        guard now - last >= Self.pause else { return false }
        readAt[index] = now
        return true
    }

    /// Whether the change has not been told yet.
    mutating func isNews(_ stamps: [FileStamp?], of instance: InstanceID) -> Bool {
        guard told[instance] != stamps else { return false }
        told[instance] = stamps
        return true
    }

    mutating func expectReturn(of instance: InstanceID) { returning.insert(instance) }

    /// Whether the engine that has left is to be loaded again.
    mutating func takeReturn(of instance: InstanceID) -> Bool { returning.remove(instance) != nil }
}
