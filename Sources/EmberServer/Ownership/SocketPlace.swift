import EmberEngine
import EmberSystem
import Foundation

/// The path of the Unix socket that Ember is about to listen on: free, or with a socket that no process listens on any
/// more.
///
/// A server that begins to listen first removes what lies there. So two that start at once must look, and listen, one
/// after the other: the folder is locked until `release`.
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
                    "a process\(process.map { " (\($0))" } ?? "") listens on \(path): is another Ember "
                    + "running? Stop it, or \(choose)"
            case .foreign(let path, let what):
                return "\(path) is \(what) and no socket: Ember does not remove it. Remove it, or \(choose)"
            case .unknown(let path, let reason):
                return "whether a process listens on \(path) is unknown: \(reason). Remove it, or \(choose)"
            case .noFolder(let path, let reason):
                return "the socket \(path) cannot be made in its folder: \(reason). Make the folder, or \(choose)"
            }
        }
    }

    private let folder: FileLock?

    /// As long as another Ember may take that is just starting.
    private static let tries = FileLock.Tries(150)

    public init(path: String) throws(Problem) {
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        do throws(FileLock.Refusal) { folder = try FileLock(folder: parent, followsLinks: true, Self.tries) } catch {
            // Where the folder cannot be locked, or another process keeps the lock, Ember starts without. A folder that
            // may be written to and not be read is one of these.
            if case .unopened(let code) = error, code != EACCES {
                throw .noFolder(path: path, reason: error.reason)
            }
            folder = nil
        }
        switch UnixSocket.state(of: path) {
        case .missing, .stale: break
        case .live(let process): throw .live(path: path, process: process)
        case .other(let what): throw .foreign(path: path, what: what)
        case .unknown(let reason): throw .unknown(path: path, reason: reason)
        }
    }

    /// Ember listens, or will not.
    public func release() { folder?.release() }
}
