import EmberCore
import Foundation

/// The folder of the logs of events, this user's own, and what they may take together.
struct LogFolder: Sendable {
    let path: String
    /// In bytes.
    let limit: Int

    init(_ path: String, limit: Int) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        (self.path, self.limit) = (path, limit)
    }

    /// Of a run that begins now.
    func nextRun() throws -> Int { LogName.nextRun(after: try names) }

    /// Makes the file of a part; where its head cannot be written, there is none.
    func create(_ name: LogName, head: [UInt8]) throws -> FileHandle {
        let file = path + "/" + name.text
        guard FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: file)
        else { throw FileProblem("\(file) cannot be made", errno) }
        do {
            try handle.write(contentsOf: Data(head))
            return handle
        } catch {
            try? handle.close()
            unlink(file)
            throw error
        }
    }

    /// Removes the oldest logs, until there is room for so many bytes more.
    func makeRoom(for bytes: Int) throws {
        let logs = try names.sorted().map { (file: path + "/" + $0.text, bytes: Self.size(of: path + "/" + $0.text)) }
        var total = logs.reduce(0) { $0 + $1.bytes }
        for log in logs where total + bytes > limit {
            try FileManager.default.removeItem(atPath: log.file)
            total -= log.bytes
        }
    }

    private var names: [LogName] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).compactMap { LogName($0) } }
    }

    private static func size(of file: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int ?? 0
    }
}
