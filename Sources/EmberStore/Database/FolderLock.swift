import Foundation
import Synchronization

/// The right to use a folder's store, held by one process at a time.
///
/// Quotas and vectors in memory are one process's view. The system drops the lock with the process, however it ends.
package final class FolderLock: Sendable {
    private let descriptor: Mutex<Int32?>

    init(_ folder: StoreFolder) throws(StoreError) {
        let descriptor = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path: folder.lock, reason: StoreFolder.reason(errno)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK { throw .inUse(path: folder.database) }
            throw .unwritable(path: folder.lock, reason: StoreFolder.reason(code))
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    /// Gives the right up; again is fine.
    package func release() {
        descriptor.withLock { descriptor in
            guard let open = descriptor.take() else { return }
            // A process that is being started at this very moment has a copy of the descriptor until it becomes another
            // program; closing ours alone would leave the lock with it for that long.
            flock(open, LOCK_UN)
            close(open)
        }
    }
}
