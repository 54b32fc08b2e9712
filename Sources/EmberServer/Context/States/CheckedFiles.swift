import EmberContext
import EmberSystem
import Synchronization

/// Saved states whose checksums were right a moment ago. They are not read again before an engine reads them, unless
/// their files have changed: a state of 70 MB would cost 50 ms each time.
///
/// What a program changes is seen by the file's stamp. What a failing disk changes is not, once the system reads the
/// file from there again: so a check holds for a time only, in which the file is mostly still in memory.
final class CheckedFiles: Sendable {
    private let checked = Mutex<[KeyedDigest: (stamp: FileStamp, at: TimeSource.Instant)]>([:])

    static let holds = Duration.seconds(600)
    /// Beyond, all are checked again.
    private static let most = 1024

    /// - Parameter stamp: of the file as it was checked; nil: there was none.
    func note(_ id: KeyedDigest, _ stamp: FileStamp?, at now: TimeSource.Instant) {
        guard let stamp else { return }
        checked.withLock { checked in
            if checked.count >= Self.most { checked = [:] }
            checked[id] = (stamp, now)
        }
    }

    /// - Parameter stamp: of the file as it is now.
    func contains(_ id: KeyedDigest, _ stamp: FileStamp?, at now: TimeSource.Instant) -> Bool {
        checked.withLock { checked in
            guard let known = checked[id] else { return false }
            return known.stamp == stamp && now < known.at + Self.holds
        }
    }
}
