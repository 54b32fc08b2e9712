import EmberSystem
import Foundation

/// The store's files in the server's state folder; only their owner can read them.
struct StoreFolder: Sendable {
    let path: String
    private let surroundings: Surroundings

    init(path: String, _ surroundings: Surroundings) { (self.path, self.surroundings) = (path, surroundings) }

    static let databaseName = "context.sqlite"

    var database: String { path + "/" + Self.databaseName }
    var lock: String { path + "/context.lock" }
    /// Its presence asks the next start to check the whole database.
    private var doubt: String { path + "/context.check" }

    /// SQLite's own files beside the database's.
    static let companions = ["-wal", "-shm", "-journal"]

    /// The right to use the folder's store, held by one process at a time: quotas and vectors in memory are one
    /// process's view.
    func locked() throws(StoreError) -> FileLock {
        do throws(FileLock.Refusal) { return try FileLock(file: lock) } catch {
            if error == .taken { throw .inUse(path: database) }
            throw .unwritable(path: lock, reason: error.reason)
        }
    }

    /// Makes the folder, for its owner alone, where it is missing.
    ///
    /// - Returns: a warning where the folder was there and lets others in; it is the user's own, and left as it is.
    func make() throws(StoreError) -> String? {
        do throws(FileProblem) { try surroundings.files.makeFolder(path, isPrivate: true) } catch {
            throw .unwritable(path: path, reason: error.reason ?? error.description)
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return nil }
        return "\(path) lets other users in: chmod 700 \(path)"
    }

    /// Makes the database's file where it is missing, and takes others' rights to it away. SQLite gives the files
    /// beside it the same rights.
    func makeDatabaseFile() throws(StoreError) {
        let descriptor = open(database, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path: database, reason: Self.reason(errno)) }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0 else { throw .unwritable(path: database, reason: Self.reason(errno)) }
    }

    /// Gives the damaged database another name, and the files that belong to it; returns the new path.
    func moveDatabaseAside() throws(StoreError) -> String {
        let aside = unusedName(database + ".damaged-" + timeStamp)
        guard rename(database, aside) == 0 else { throw .unwritable(path: database, reason: Self.reason(errno)) }
        // Where there is none, there is nothing to move.
        for companion in Self.companions { rename(database + companion, aside + companion) }
        unlink(doubt)
        return aside
    }

    var isInDoubt: Bool { access(doubt, F_OK) == 0 }

    /// Has the next start check the whole database.
    func putInDoubt() {
        let descriptor = open(doubt, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    func clearDoubt() { unlink(doubt) }

    static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    private var timeStamp: String {
        surroundings.time.date.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
    }

    func unusedName(_ wanted: String) -> String {
        var (name, number) = (wanted, 2)
        while access(name, F_OK) == 0 {
            name = "\(wanted)-\(number)"
            number += 1
        }
        return name
    }
}
