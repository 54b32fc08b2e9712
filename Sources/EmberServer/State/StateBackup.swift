import EmberCore
import EmberStore
public import EmberSystem
import Foundation

/// All that Ember remembers in one file: a tar with the files of the state folder, and the checksum of each at its end.
///
/// Saved KV states are not in it: they fit one machine's paths and llama-server, and are computed again.
public struct StateBackup: Sendable {
    let folder: StateFolder
    private let surroundings: Surroundings

    public struct Summary: Sendable, Equatable {
        public let files: Int
        public let bytes: Int
    }

    static let sumsFile = "SHA256SUMS"

    /// - Parameter folder: the state folder, which an Ember may be using.
    public init(of folder: String, _ surroundings: Surroundings) {
        self.folder = StateFolder(path: folder, files: surroundings.files)
        self.surroundings = surroundings
    }

    /// Writes the backup to a file that is not there yet; "-": to the standard output. A failure leaves nothing behind.
    public func write(to path: String) async throws(StateProblem) -> Summary {
        let version = try folder.checkedVersion()
        guard hasState else {
            throw StateProblem("\(folder.path) has nothing to back up: EMBER_STATE names the state folder")
        }
        guard path == "-" || !folder.files.exists(path) else {
            throw StateProblem("\(path) is there already: name another file, or remove it")
        }
        // A reader that goes is an error of writing, and not the end of this process.
        if path == "-" { signal(SIGPIPE, SIG_IGN) }
        let copy = Self.copy(for: path)
        defer { try? folder.files.remove(copy) }
        let hasDatabase: Bool
        do throws(StoreError) {
            hasDatabase = try await ContextStore.copyDatabase(of: folder.path, to: copy, surroundings)
        } catch {
            throw StateProblem(error.description)
        }
        do throws(FileProblem) {
            return try write(to: path, database: hasDatabase ? copy : nil, version: version ?? 1)
        } catch {
            throw StateProblem(error)
        }
    }

    /// What lies on the disk while a backup is written, for those that end before it is done.
    public static func halves(of path: String) -> [String] {
        [copy(for: path), copy(for: path) + ".part", path + ".part"]
    }

    /// Where the database is copied to first: on the disk of the backup, which must have room for it anyway.
    private static func copy(for path: String) -> String {
        let folder = path == "-" ? NSTemporaryDirectory() : (path as NSString).deletingLastPathComponent
        return (folder.isEmpty ? "." : folder)
            + "/ember-backup-\(ProcessInfo.processInfo.processIdentifier).sqlite"
    }

    private var hasState: Bool {
        [StateFolder.spendingFile, StateFolder.footprintsFile, ContextStore.fileName, StateFolder.eventsFolder]
            .contains { folder.files.isThere(folder.file($0)) }
    }

    private func write(to path: String, database: String?, version: Int) throws(FileProblem) -> Summary {
        if path == "-" {
            var tar = TarWriter(SystemFile.standardOutput, surroundings.time)
            return try fill(&tar, database, version)
        }
        let part = path + ".part"
        do throws(FileProblem) {
            var tar = TarWriter(
                try folder.files.open(part, for: .replacing(isPrivate: true)), surroundings.time)
            let summary = try fill(&tar, database, version)
            try folder.files.publish(part, as: path)
            return summary
        } catch {
            try? folder.files.remove(part)
            throw error
        }
    }

    private func fill(_ tar: inout TarWriter, _ database: String?, _ version: Int) throws(FileProblem) -> Summary {
        let stamp = "{\"ember\": \"\(EmberVersion.current)\", \"version\": \(version)}\n"
        try tar.add(StateFolder.versionFile, Data(stamp.utf8))
        if let database { _ = try tar.add(ContextStore.fileName, file: database, of: folder.files) }
        for name in [StateFolder.spendingFile, StateFolder.footprintsFile] {
            _ = try tar.add(name, file: folder.file(name), of: folder.files)
        }
        for log in logs {
            _ = try tar.add(
                "\(StateFolder.eventsFolder)/\(log)", file: folder.file(StateFolder.eventsFolder) + "/\(log)",
                of: folder.files)
        }
        let sums = tar.sums.map { "\($0.checksum)  \($0.name)\n" }.joined()
        let files = tar.sums.count
        try tar.add(Self.sumsFile, Data(sums.utf8))
        try tar.finish()
        return Summary(files: files, bytes: tar.bytes)
    }

    private var logs: [String] {
        let names = (try? folder.files.names(in: folder.file(StateFolder.eventsFolder))) ?? []
        return names.compactMap { LogName($0) }.sorted().map(\.text)
    }
}
