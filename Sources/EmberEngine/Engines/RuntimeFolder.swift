import EmberSystem
import Foundation

/// A folder of one engine's own, where only this user can reach its socket.
///
/// It is locked for as long as Ember needs it. The system drops the lock with Ember, however that ends: so a later
/// Ember can tell the folders that are left over.
final class RuntimeFolder: Sendable {
    /// sockaddr_un holds 104 bytes on macOS and 108 on Linux, with the terminating zero.
    private static let maxSocketPathBytes = 103
    /// llama-server takes a host for a Unix socket if it ends in ".sock".
    private static let socketName = "e.sock"
    private static let prefix = "ember-engine-"
    /// Of folders that were made before there were locks.
    private static let earlierPrefix = "ember-"
    /// Random characters behind the prefix.
    private static let suffix = "XXXXXX"
    private static let mostTries = 5

    let path: String
    private let lock: FileLock

    var socketPath: String { Self.socketPath(in: path) }

    private init(path: String, lock: FileLock) { (self.path, self.lock) = (path, lock) }

    /// Makes a folder of mode 0700 and of an unused name, under `$XDG_RUNTIME_DIR` if that suits, else under /tmp.
    static func make() throws(EngineError.Problem) -> RuntimeFolder { try make(underFirstOf: roots) }

    private static var roots: [String] {
        [ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"], "/tmp"].compactMap { $0 }
    }

    static func make(underFirstOf roots: [String]) throws(EngineError.Problem) -> RuntimeFolder {
        for root in roots {
            if let folder = make(under: root) { return folder }
        }
        throw .noRuntimeFolder("no folder for the engine's socket can be made in \(roots.joined(separator: " or "))")
    }

    static func make(under root: String) -> RuntimeFolder? {
        let template = root + "/" + prefix + suffix
        guard root.hasPrefix("/"), socketPath(in: template).utf8.count <= maxSocketPathBytes else { return nil }
        for _ in 0..<mostTries {
            var buffer = Array(template.utf8CString)
            guard mkdtemp(&buffer) != nil else { return nil }
            let path = String(decoding: buffer.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            // Another Ember that is just starting may have taken it for one that is left over.
            if let lock = try? FileLock(folder: path, followsLinks: false) {
                return RuntimeFolder(path: path, lock: lock)
            }
        }
        return nil
    }

    /// Removes the folder and all in it; one that is gone already is fine.
    func remove() {
        try? Self.files.removeFolder(path)
        lock.release()
    }

    /// Sockets and processes are real ones, so their folders are too.
    private static let files = SystemFiles()

    // MARK: Folders that are left over

    /// Removes the folders of engines whose Ember has ended without doing so.
    ///
    /// - Returns: how many.
    static func removeDead() -> Int { removeDead(under: Set(roots)) }

    static func removeDead(under roots: Set<String>) -> Int {
        roots.reduce(0) { count, root in
            let names = (try? files.names(in: root)) ?? []
            return count + names.count { removeIfDead($0, under: root) }
        }
    }

    private static func removeIfDead(_ name: String, under root: String) -> Bool {
        let path = root + "/" + name
        let isLocked = name.hasPrefix(prefix)
        let start = isLocked ? prefix : earlierPrefix
        guard name.hasPrefix(start), name.utf8.count == start.utf8.count + suffix.utf8.count, isOwn(path),
            let lock = try? FileLock(folder: path, followsLinks: false)
        else { return false }
        defer { lock.release() }
        if isLocked { return (try? files.removeFolder(path)) != nil }
        // The name of an earlier folder may be another program's: only one with a socket where nothing listens is an
        // engine's.
        let socket = socketPath(in: path)
        guard UnixSocket.state(of: socket) == .stale else { return false }
        unlink(socket)
        return rmdir(path) == 0
    }

    /// Whether it is a folder that only this user can enter.
    private static func isOwn(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
            && status.st_mode & 0o077 == 0
    }

    private static func socketPath(in folder: String) -> String { folder + "/" + socketName }
}
