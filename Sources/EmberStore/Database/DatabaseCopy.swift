package import EmberSystem
import Foundation
import GRDB

/// Whole copies of databases, in files of their own that belong to their owner alone.
enum DatabaseCopy {
    /// Writes what the database has now into a file that is not there yet; others may write meanwhile.
    static func write(_ db: Database, to path: String) throws {
        let part = path + ".part"
        unlink(part)
        // SQLite takes an empty file, and would make one that others can read.
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StoreError.unwritable(path: part, reason: StoreFolder.reason(errno)) }
        close(descriptor)
        do {
            try db.execute(sql: "VACUUM INTO ?", arguments: [part])
        } catch {
            unlink(part)
            throw error
        }
        // SQLite writes with the machine's own files, so these are too.
        do throws(FileProblem) { try SystemFiles().publish(part, as: path) } catch {
            unlink(part)
            throw StoreError.unwritable(path: path, reason: error.reason ?? error.description)
        }
    }
}

// What a backup of the whole state folder needs.
extension ContextStore {
    /// The database's file in a folder, and those that SQLite keeps beside it.
    package static let fileName = StoreFolder.databaseName
    package static var companionNames: [String] { StoreFolder.companions.map { fileName + $0 } }

    /// Writes a whole copy of a folder's database, also while an Ember runs with it.
    ///
    /// - Returns: false where the folder has none.
    package static func copyDatabase(
        of folder: String, to path: String, _ surroundings: Surroundings
    ) async throws(StoreError) -> Bool {
        let database = StoreFolder(path: folder, surroundings).database
        guard access(database, F_OK) == 0 else { return false }
        try await queue(of: surroundings).run { () throws(StoreError) in
            try DatabaseFile.with(database) { db in
                try DatabaseFile.checkIdentity(db, database)
                try DatabaseCopy.write(db, to: path)
            }
        }
        return true
    }

    /// Whether a file may become a folder's database: it must be Ember's, whole, and of no newer version.
    package static func checkDatabase(_ path: String, _ surroundings: Surroundings) async throws(StoreError) {
        try await queue(of: surroundings).run { () throws(StoreError) in
            try DatabaseFile.with(path) { db in
                try DatabaseFile.checkIdentity(db, path)
                try DatabaseFile.checkAll(db, path)
            }
        }
    }

    /// Keeps every Ember from using the folder's store until the lock is released.
    ///
    /// - Throws: `inUse` where one does.
    package static func lock(_ folder: String, _ surroundings: Surroundings) throws(StoreError) -> FileLock {
        try StoreFolder(path: folder, surroundings).locked()
    }
}
