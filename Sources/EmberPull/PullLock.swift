import Foundation

/// The right to download one file, held by at most one pull on this machine.
///
/// The system drops the lock with the process, so a crashed pull never blocks the next one.
struct PullLock: Sendable {
    private static let pollInterval: Duration = .milliseconds(100)

    private let descriptor: Int32
    private let path: String

    /// Waits for the lock; `onWait` is called once if somebody else holds it.
    ///
    /// - Throws: `PullError`, or `CancellationError` while waiting.
    static func acquire(_ path: String, on files: FileQueue, onWait: () -> Void) async throws -> PullLock {
        var hasWaited = false
        while true {
            if let lock = try await files.run({ () throws(PullError) in try attempt(path) }) { return lock }
            if !hasWaited { onWait() }
            hasWaited = true
            try await Task.sleep(for: pollInterval)
        }
    }

    /// Gives the lock up and removes its file; call it once.
    func release() {
        // Removed while still held: whoever opened the old file meanwhile notices in `attempt`.
        unlink(path)
        close(descriptor)
    }

    private static func attempt(_ path: String) throws(PullError) -> PullLock? {
        let descriptor = try PullFiles.openFile(path, O_RDWR | O_CREAT, mode: 0o600)
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
            if isStill(descriptor, at: path) { return PullLock(descriptor: descriptor, path: path) }
            close(descriptor)
            return nil
        }
        let reason = errno
        close(descriptor)
        guard reason == EWOULDBLOCK || reason == EINTR else {
            throw .fileSystem(operation: "lock", path: path, reason: String(cString: strerror(reason)))
        }
        return nil
    }

    private static func isStill(_ descriptor: Int32, at path: String) -> Bool {
        var opened = stat()
        var present = stat()
        guard fstat(descriptor, &opened) == 0, stat(path, &present) == 0 else { return false }
        return opened.st_ino == present.st_ino && opened.st_dev == present.st_dev
    }
}
