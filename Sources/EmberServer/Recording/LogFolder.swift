import EmberCore
import EmberSystem
import Foundation

/// The folder of the logs of events, this user's own, and what they may take together.
struct LogFolder: Sendable {
    let path: String
    /// In bytes.
    let limit: Int

    private let files: any FileSystem

    init(_ path: String, limit: Int, files: any FileSystem) throws(FileProblem) {
        try files.makeFolder(path, isPrivate: true)
        (self.path, self.limit, self.files) = (path, limit, files)
    }

    /// Of a run that begins now.
    func nextRun() throws(FileProblem) -> Int { LogName.nextRun(after: try names) }

    /// Makes the file of a part; where its head cannot be written, there is none.
    func create(_ name: LogName, head: [UInt8]) throws(FileProblem) -> any OpenFile {
        let path = path + "/" + name.text
        let file = try files.open(path, for: .replacing(isPrivate: true))
        do throws(FileProblem) {
            try file.write(Data(head))
            return file
        } catch {
            try? files.remove(path)
            throw error
        }
    }

    /// Removes the oldest logs until there is room for this many bytes more.
    func makeRoom(for bytes: Int) throws(FileProblem) {
        let logs = try names.sorted().map { log in
            let file = path + "/" + log.text
            return (file: file, bytes: (try? files.status(of: file))?.bytes ?? 0)
        }
        var total = logs.reduce(0) { $0 + $1.bytes }
        for log in logs where total + bytes > limit {
            try files.remove(log.file)
            total -= log.bytes
        }
    }

    private var names: [LogName] {
        get throws(FileProblem) { try files.names(in: path).compactMap { LogName($0) } }
    }
}
