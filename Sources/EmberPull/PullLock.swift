import EmberSystem

/// The right to download one file, held by at most one pull on this machine; a crashed pull never blocks the next one.
enum PullLock {
    private static let pollInterval: Duration = .milliseconds(100)

    /// Waits for the lock; `onWait` is called once if another pull holds it.
    ///
    /// - Throws: `PullError`, or `CancellationError` while waiting.
    static func acquire(
        _ path: String, on files: FileQueue, _ time: TimeSource, onWait: () -> Void
    ) async throws -> FileLock {
        var hasWaited = false
        while true {
            if let lock = try await files.run({ _ throws(PullError) in try attempt(path) }) { return lock }
            if !hasWaited { onWait() }
            hasWaited = true
            try await time.sleep(for: pollInterval)
        }
    }

    /// - Returns: nil while another pull holds the lock, or has just removed its file.
    private static func attempt(_ path: String) throws(PullError) -> FileLock? {
        do throws(FileLock.Refusal) { return try FileLock(file: path) } catch {
            switch error {
            case .taken, .gone: return nil
            case .unopened: throw .fileSystem(operation: "open", path: path, reason: error.reason)
            case .unavailable: throw .fileSystem(operation: "lock", path: path, reason: error.reason)
            }
        }
    }
}
