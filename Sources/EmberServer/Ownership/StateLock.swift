public import EmberSystem
import Foundation

/// The right to be the one Ember of a state folder, held by one process at a time, whatever it is configured to keep
/// there.
///
/// The system drops the lock with the process, however it ends. The lock's file says whose it is.
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

    private let lock: FileLock

    /// An Ember that was killed holds its lock for a moment longer: so more than one try.
    private static let tries = FileLock.Tries(11)

    /// - Parameter address: where this Ember is about to listen.
    public init(folder: String, address: String, files: any FileSystem) throws(Problem) {
        let path = folder + "/" + Self.fileName
        // Where the folder cannot be made, the lock says why.
        try? files.makeFolder(folder, isPrivate: true)
        do throws(FileLock.Refusal) { lock = try FileLock(file: path, Self.tries) } catch {
            guard error == .taken else { throw .unavailable(path: path, reason: error.reason) }
            let text = (try? files.bytes(of: path)).map { String(decoding: $0, as: UTF8.self) }
            throw .taken(folder: folder, by: text.flatMap(Owner.init(text:)))
        }
        announce(address: address)
    }

    /// Writes into the lock's file where this Ember listens by now.
    public func announce(address: String) { lock.write(Owner(process: getpid(), address: address).text) }
}
