import Foundation
import Synchronization

/// The right to a file or folder, held by one process at a time.
///
/// The system drops the lock with the process, however that ends. It is no part of `FileSystem`: it keeps processes of
/// one machine apart, and a disk that fails has nothing to do with it.
package final class FileLock: Sendable {
    /// Why there is no lock.
    package enum Refusal: Error, Equatable {
        /// Another process has it.
        case taken
        /// Its file has been removed, or replaced, since it was opened.
        case gone
        /// There is no file to lock, or none that this process may open.
        case unopened(Int32)
        /// The file system does not allow locks.
        case unavailable(Int32)

        /// The system's words.
        package var reason: String {
            switch self {
            case .taken: String(cString: strerror(EWOULDBLOCK))
            case .gone: "it was removed meanwhile"
            case .unopened(let code), .unavailable(let code): String(cString: strerror(code))
            }
        }
    }

    /// How often the lock is asked for, and how long that waits in between; it blocks meanwhile.
    package struct Tries: Sendable {
        let count: Int
        let pauseMicroseconds: UInt32

        package static let one = Tries(1)

        package init(_ count: Int, pauseMilliseconds: UInt32 = 20) {
            (self.count, pauseMicroseconds) = (count, pauseMilliseconds * 1000)
        }
    }

    private let path: String
    private let descriptor: Mutex<Int32?>

    /// Locks a file of this user's own, which is made where it is missing.
    package convenience init(file path: String, _ tries: Tries = .one) throws(Refusal) {
        try self.init(path, O_RDWR | O_CREAT | O_NOFOLLOW, tries)
    }

    /// Locks a folder itself.
    ///
    /// - Parameter followsLinks: whether the path may lead over a link to the folder.
    package convenience init(folder path: String, followsLinks: Bool, _ tries: Tries = .one) throws(Refusal) {
        try self.init(path, O_RDONLY | O_DIRECTORY | (followsLinks ? 0 : O_NOFOLLOW), tries)
    }

    private init(_ path: String, _ flags: Int32, _ tries: Tries) throws(Refusal) {
        self.path = path
        var left = tries.count
        while true {
            do throws(Refusal) {
                descriptor = Mutex(try Self.lock(path, flags))
                return
            } catch {
                left -= 1
                guard left > 0, error == .taken || error == .gone else { throw error }
            }
            usleep(tries.pauseMicroseconds)
        }
    }

    deinit { release() }

    /// Gives the lock up; a second call does nothing.
    package func release() {
        descriptor.withLock { descriptor in
            guard let held = descriptor.take() else { return }
            // A process that is being started at this moment has a copy of the descriptor until it becomes another
            // program. Closing ours alone would leave the lock with that process until then.
            flock(held, LOCK_UN)
            close(held)
        }
    }

    /// Removes the lock's file and gives the lock up. It is removed while it is held: another process that has opened
    /// it meanwhile sees that it is gone.
    package func removeFile() {
        descriptor.withLock { if $0 != nil { unlink(path) } }
        release()
    }

    /// Writes into the lock's file what its owner wants others to know. That is for people: where the disk is full, the
    /// lock holds all the same.
    package func write(_ text: String) {
        descriptor.withLock { descriptor in
            guard let descriptor, ftruncate(descriptor, 0) == 0 else { return }
            let bytes = Array(text.utf8)
            _ = pwrite(descriptor, bytes, bytes.count, 0)
        }
    }

    private static func lock(_ path: String, _ flags: Int32) throws(Refusal) -> Int32 {
        let descriptor = open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unopened(errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK || code == EINTR ? .taken : .unavailable(code)
        }
        guard isStill(descriptor, at: path, followsLinks: flags & O_NOFOLLOW == 0) else {
            close(descriptor)
            throw .gone
        }
        return descriptor
    }

    private static func isStill(_ descriptor: Int32, at path: String, followsLinks: Bool) -> Bool {
        var (opened, named) = (stat(), stat())
        guard fstat(descriptor, &opened) == 0, (followsLinks ? stat(path, &named) : lstat(path, &named)) == 0 else {
            return false
        }
        return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    }
}
