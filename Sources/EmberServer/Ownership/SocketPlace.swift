import EmberEngine
import Foundation
import Synchronization

/// The path of the Unix socket that Ember is about to listen on: free, or with a socket that nobody listens on any more.
///
/// Whoever listens removes what lies there first. So two that start at once must look, and listen, one after the other: the folder is
/// locked until `release`.
public final class SocketPlace: Sendable {
    public enum Problem: Error, Sendable, CustomStringConvertible {
        case live(path: String, process: Int32?)
        case foreign(path: String, what: String)
        case unknown(path: String, reason: String)
        case noFolder(path: String, reason: String)

        public var description: String {
            let choose = "choose another path with --listen unix:PATH"
            switch self {
            case .live(let path, let process):
                return
                    "a process\(process.map { " (\($0))" } ?? "") listens on \(path): is another Ember running? Stop it, or \(choose)"
            case .foreign(let path, let what):
                return "\(path) is \(what) and no socket: it is left alone. Remove it, or \(choose)"
            case .unknown(let path, let reason):
                return "whether anybody listens on \(path) cannot be found out: \(reason). Remove it, or \(choose)"
            case .noFolder(let path, let reason):
                return "the socket \(path) cannot be made in its folder: \(reason). Make the folder, or \(choose)"
            }
        }
    }

    private let folder: Mutex<Int32?>

    /// How long another Ember that is just starting may take.
    private static let mostTries = 150
    private static let pauseMicroseconds: UInt32 = 20_000

    public init(path: String) throws(Problem) {
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // One that may be written to and not be read cannot be locked, and serves all the same.
        guard descriptor >= 0 || errno == EACCES else {
            throw .noFolder(path: path, reason: String(cString: strerror(errno)))
        }
        folder = Mutex(descriptor >= 0 ? descriptor : nil)
        if descriptor >= 0 { Self.lock(descriptor) }
        switch UnixSocket.state(of: path) {
        case .missing, .stale: break
        case .live(let process): throw .live(path: path, process: process)
        case .other(let what): throw .foreign(path: path, what: what)
        case .unknown(let reason): throw .unknown(path: path, reason: reason)
        }
    }

    deinit { release() }

    /// Ember listens, or will not.
    public func release() {
        folder.withLock { folder in
            guard let open = folder.take() else { return }
            flock(open, LOCK_UN)
            close(open)
        }
    }

    /// Where the folder cannot be locked, or somebody keeps its lock, Ember starts without.
    private static func lock(_ descriptor: Int32) {
        for _ in 0..<mostTries {
            guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
            usleep(pauseMicroseconds)
        }
    }
}
