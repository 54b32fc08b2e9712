import Foundation

/// A folder of one engine's own, where only this user can reach its socket.
struct RuntimeFolder: Sendable {
    /// sockaddr_un holds 104 bytes on macOS and 108 on Linux, with the terminating zero.
    private static let maxSocketPathBytes = 103

    let path: String
    /// llama-server takes a host for a Unix socket if it ends in ".sock".
    var socketPath: String { path + "/e.sock" }

    /// Makes a folder of mode 0700 and of an unused name, under `$XDG_RUNTIME_DIR` if that suits, else under /tmp.
    static func make() throws(EngineError.Problem) -> RuntimeFolder {
        let preferred = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"]
        return try make(underFirstOf: [preferred, "/tmp"].compactMap { $0 })
    }

    static func make(underFirstOf roots: [String]) throws(EngineError.Problem) -> RuntimeFolder {
        for root in roots {
            if let folder = make(under: root) { return folder }
        }
        throw .noRuntimeFolder("no folder for the engine's socket can be made in \(roots.joined(separator: " or "))")
    }

    static func make(under root: String) -> RuntimeFolder? {
        let template = root + "/ember-XXXXXX"
        guard root.hasPrefix("/"), RuntimeFolder(path: template).socketPath.utf8.count <= maxSocketPathBytes else {
            return nil
        }
        var buffer = Array(template.utf8CString)
        guard mkdtemp(&buffer) != nil else { return nil }
        return RuntimeFolder(path: String(decoding: buffer.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    /// Removes the folder and all in it; one that is gone already is fine.
    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
