import GRDB

/// Opens the database's file: made where it is missing, brought up to this version, and moved aside when damaged.
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
                try checkIdentity(db)
                if folder.isInDoubt { try checkAll(db) }
                // Only a file without tables takes this on: removed pages can then be given back to the disk.
                try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
            try Schema.migrator.migrate(queue)
            try queue.close()
        }
    }

    private func checkIdentity(_ db: Database) throws {
        let id = try Int.fetchOne(db, sql: "PRAGMA application_id")
        let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
        guard id == Schema.applicationID || (id == 0 && isEmpty) else {
            throw StoreError.foreign(path: folder.database)
        }
        if try Schema.migrator.hasBeenSuperseded(db) { throw StoreError.newer(path: folder.database) }
    }

    private func checkAll(_ db: Database) throws {
        let answer = try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
        guard answer == "ok" else {
            let firstLine = (answer ?? "no answer").split(separator: "\n").last.map(String.init) ?? ""
            throw StoreError.damaged(path: folder.database, reason: firstLine)
        }
        folder.clearDoubt()
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
