import Foundation
import Synchronization

/// The right to be the one Ember of a state folder, held by one process at a time, whatever it is configured to keep there.
///
/// The system drops the lock with the process, however it ends. The lock's file tells others whose it is.
public final class StateLock: Sendable {
    /// The name of the lock's file in the state folder.
    public static let fileName = "ember.lock"

    /// What the file says of the Ember that has the lock.
    public struct Owner: Sendable, Equatable {
        public let process: Int32
        /// Where it listens, or is about to.
        public let address: String

        /// Two lines: the process and the address.
        var text: String { "\(process)\n\(address)\n" }

        init(process: Int32, address: String) { (self.process, self.address) = (process, address) }

        init?(text: String) {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count >= 2, let process = Int32(lines[0]), process > 0 else { return nil }
            self.init(process: process, address: String(lines[1].prefix(200)))
        }
    }

    public enum Problem: Error, Sendable, CustomStringConvertible {
        case taken(folder: String, by: Owner?)
        /// The file system does not allow it.
        case unavailable(path: String, reason: String)

        public var description: String {
            switch self {
            case .taken(let folder, let owner):
                """
                another Ember\(owner.map { " (process \($0.process), \($0.address))" } ?? "") uses the state folder \(folder): \
                stop it, or give this one a folder of its own with EMBER_STATE
                """
            case .unavailable(let path, let reason): "\(path) cannot be locked: \(reason)"
            }
        }
    }

    private let descriptor: Int32

    /// - Parameter address: where this Ember is about to listen.
    public init(folder: String, address: String) throws(Problem) {
        let path = folder + "/" + Self.fileName
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unavailable(path: path, reason: Self.reason(errno)) }
        guard Self.lock(descriptor) else {
            let (code, text) = (errno, Self.text(of: descriptor))
            close(descriptor)
            guard code == EWOULDBLOCK else { throw .unavailable(path: path, reason: Self.reason(code)) }
            throw .taken(folder: folder, by: Owner(text: text))
        }
        self.descriptor = descriptor
        note(address: address)
    }

    deinit {
        // Also of copies that a process has which is being started at this moment.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Says where this Ember listens by now.
    public func note(address: String) {
        let bytes = Array(Owner(process: getpid(), address: address).text.utf8)
        // What is written is for people: where the disk is full, the lock holds all the same.
        guard ftruncate(descriptor, 0) == 0 else { return }
        _ = pwrite(descriptor, bytes, bytes.count, 0)
    }

    /// An Ember that was killed is still being taken apart for a moment: so more than one try.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<10 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK else { return false }
            usleep(20_000)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    private static func text(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
