import GRDB

/// Opens the database's file: made where it is missing, brought up to this version with a copy of the older one kept,
/// and moved aside when damaged.
struct DatabaseFile {
    let folder: StoreFolder
    let report: (String) -> Void

    private static let readers = 4
    /// Only another program that reads the file, such as a backup, can make a writer wait.
    private static let patienceSeconds = 2.0
    private static let logBytes = 16 << 20

    /// Blocks until the file is ready.
    func open() throws(StoreError) -> DatabasePool {
        try folder.makeDatabaseFile()
        do throws(StoreError) {
            try prepare()
        } catch .damaged(_, let reason) {
            let aside = try folder.moveDatabaseAside()
            report("\(folder.database) is damaged (\(reason)); moved to \(aside), and a new one begun")
            try folder.makeDatabaseFile()
            try prepare()
        }
        return try attempt { try DatabasePool(path: folder.database, configuration: Self.configuration) }
    }

    /// Checks whose file it is and whether it is whole before anything is changed in it, then migrates.
    private func prepare() throws(StoreError) {
        try attempt {
            let queue = try DatabaseQueue(path: folder.database, configuration: Self.configuration)
            try queue.inDatabase { db in
                try Self.checkIdentity(db, folder.database)
                if folder.isInDoubt {
                    try Self.checkAll(db, folder.database)
                    folder.clearDoubt()
                }
                try keepCopy(db)
                // Only a file without tables takes this on: removed pages can then be given back to the disk.
                try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
            try Schema.migrator.migrate(queue)
            try queue.close()
        }
    }

    /// Of a database that is to be brought up to this version.
    private func keepCopy(_ db: Database) throws {
        let versions = try Schema.migrator.appliedIdentifiers(db)
        guard !versions.isEmpty, try !Schema.migrator.hasCompletedMigrations(db) else { return }
        let copy = folder.unusedName("\(folder.database).version-\(versions.count)")
        try DatabaseCopy.write(db, to: copy)
        let version = Schema.migrator.migrations.count
        report("\(folder.database) is brought up to version \(version); \(copy) is as it was before")
    }

    /// After the pool's readers, which cannot do it: what lies in SQLite's file beside is brought into the database's
    /// own.
    func settle() throws(StoreError) {
        try Self.with(folder.database) { db in _ = try db.checkpoint(.truncate) }
    }

    /// Opens a database for one piece of work; the last to close it leaves no file of SQLite's beside it.
    static func with<Value>(_ path: String, _ work: (Database) throws -> Value) throws(StoreError) -> Value {
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let value = try queue.inDatabase(work)
            try queue.close()
            return value
        } catch {
            throw StoreError(error, path: path)
        }
    }

    static func checkIdentity(_ db: Database, _ path: String) throws {
        let id = try Int.fetchOne(db, sql: "PRAGMA application_id")
        let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
        guard id == Schema.applicationID || (id == 0 && isEmpty) else {
            throw StoreError.foreign(path: path)
        }
        if try Schema.migrator.hasBeenSuperseded(db) { throw StoreError.newer(path: path) }
    }

    static func checkAll(_ db: Database, _ path: String) throws {
        let answer = try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
        guard answer == "ok" else {
            let firstLine = (answer ?? "no answer").split(separator: "\n").last.map(String.init) ?? ""
            throw StoreError.damaged(path: path, reason: firstLine)
        }
    }

    private func attempt<Value>(_ work: () throws -> Value) throws(StoreError) -> Value {
        do { return try work() } catch { throw StoreError(error, path: folder.database) }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "ember.store"
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(patienceSeconds)
        configuration.prepareDatabase { db in
            guard !db.configuration.readonly else { return }
            // What is removed is overwritten: prompts may be private.
            try db.execute(sql: "PRAGMA secure_delete = ON; PRAGMA journal_size_limit = \(logBytes)")
        }
        return configuration
    }
}
