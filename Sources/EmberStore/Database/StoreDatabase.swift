import EmberSystem
import GRDB
import Synchronization

/// The open database of a store: where questions and transactions run, and what they mean for the vectors in memory.
final class StoreDatabase: Sendable {
    let limits: StoreLimits
    /// Path of the database's file.
    let path: String
    let pool: DatabasePool
    private let vectors: VectorCache
    private let folder: StoreFolder
    private let lock: FileLock
    private let report: @Sendable (String) -> Void
    private let isClosed = Mutex(false)
    /// For what blocks for long: opening, copying and closing.
    private let queue: WorkQueue

    init(
        _ folder: StoreFolder, _ limits: StoreLimits, _ queue: WorkQueue, _ report: @escaping @Sendable (String) -> Void
    ) throws(StoreError) {
        if let warning = try folder.make() { report(warning) }
        lock = try folder.locked()
        pool = try DatabaseFile(folder: folder, report: report).open()
        path = folder.database
        vectors = VectorCache(limitBytes: limits.vectorBytes.count)
        self.folder = folder
        self.limits = limits
        self.queue = queue
        self.report = report
    }

    func checkOpen() throws(StoreError) {
        if isClosed.withLock({ $0 }) { throw .closed }
    }

    /// From now on questions and changes throw `closed`; false if they did before.
    func refuse() -> Bool {
        isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
    }

    /// Closes the files.
    func close() async throws(StoreError) {
        try await queue.run { () throws(StoreError) in
            defer { self.lock.release() }
            do { try self.pool.close() } catch { throw StoreError(error, path: self.path) }
            do throws(StoreError) { try DatabaseFile(folder: self.folder, report: self.report).settle() } catch {
                self.report("\(self.path)-wal belongs to the database and is to be copied with it: \(error)")
            }
        }
    }

    /// Asks the database, on a thread for reading, what was committed last; names are checked first.
    func read<Value: Sendable>(
        _ asked: NameCheck, _ question: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        try checkOpen()
        try asked.check()
        let result = await withCheckedContinuation { (waiter: CheckedContinuation<Result<Value, StoreError>, Never>) in
            pool.asyncRead { db in waiter.resume(returning: self.result { try question(db.get()) }) }
        }
        return try result.get()
    }

    /// Runs on the one thread for writing, outside of a transaction.
    func onWriter<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws(StoreError) -> Value
    ) async -> Result<Value, StoreError> {
        await withCheckedContinuation { waiter in
            pool.asyncWriteWithoutTransaction { db in
                waiter.resume(returning: Result { () throws(StoreError) in try work(db) })
            }
        }
    }

    /// A transaction from its beginning to what it means for the vectors in memory; on the writer's thread.
    func transact<Value>(
        _ db: Database, _ durability: Durability, _ change: (inout Transaction) throws -> Value
    ) throws(StoreError) -> Value {
        try result {
            try db.execute(sql: "PRAGMA synchronous = \(durability.rawValue)")
            var transaction = Transaction(db, limits)
            try db.beginTransaction(.immediate)
            do {
                let value = try change(&transaction)
                try db.commit()
                vectors.apply(transaction.vectorChanges)
                return value
            } catch {
                try? db.rollback()
                throw error
            }
        }.get()
    }

    /// The vectors of a scope; nil where the service has none. The first time they are read from the disk.
    func matrix(of scope: DemonstrationScope, like vector: Embedding) async throws(StoreError) -> VectorMatrix? {
        try checkOpen()
        let key = VectorKey(scope, like: vector)
        if let kept = vectors.matrix(key) { return kept }
        // On the writer's thread, so that no change comes between what is read and what is kept.
        return try await onWriter { db throws(StoreError) in
            try self.result {
                if let kept = self.vectors.matrix(key) { return kept }
                let services = ServiceRows(db: db)
                guard let service = try services.id(tenant: scope.tenant, name: scope.service) else { return nil }
                let matrix = try DemonstrationTable(db: db).vectors(of: service, like: vector)
                self.vectors.keep(matrix, as: key)
                return matrix
            }.get()
        }.get()
    }

    /// The result in the store's own errors; damage is remembered for the next start.
    private func result<Value>(_ work: () throws -> Value) -> Result<Value, StoreError> {
        do {
            return .success(try work())
        } catch {
            let problem = StoreError(error, path: path)
            if case .damaged = problem { folder.putInDoubt() }
            return .failure(problem)
        }
    }
}

/// What a committed change outlives.
enum Durability: String, Sendable {
    /// The process, killed however; a power failure may take the last changes, and no half of any.
    case process = "NORMAL"
    /// The machine's power as well: the commit waits for the disk.
    case power = "FULL"
}
