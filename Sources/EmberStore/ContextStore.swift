public import EmberSystem
import GRDB
import Synchronization

/// Keeps what must survive a restart: the demonstrations of the services, in `context.sqlite` of the state folder.
///
/// Every method may be called from any task and waits without blocking its thread. What has begun is finished, also
/// when the waiting task is cancelled. Changes are made one after the other, questions beside them see what is
/// committed.
public final class ContextStore: Sendable {
    public let limits: StoreLimits
    /// Path of the database's file.
    public let path: String

    let pool: DatabasePool
    let vectors: VectorCache
    let learned: LearningBuffer
    private let folder: StoreFolder
    private let lock: FileLock
    private let report: @Sendable (String) -> Void
    private let isClosed = Mutex(false)
    let surroundings: Surroundings
    /// For what blocks for long: opening, copying and closing.
    let queue: WorkQueue

    /// Opens the store in a folder, which is made when missing.
    ///
    /// A damaged file is moved aside, whole, and a new one begun.
    /// - Parameter report: receives, a line each, problems that no caller's error reports to the operator; on any
    ///   thread, and must not wait for the store.
    /// - Throws: `unwritable`, `inUse`, `newer`, `foreign`, `diskFull`, `invalid` for a limit.
    public static func open(
        folder: String, limits: StoreLimits = StoreLimits(), surroundings: Surroundings,
        report: @escaping @Sendable (String) -> Void
    ) async throws(StoreError) -> ContextStore {
        do { try limits.check() } catch { throw .invalid(error) }
        let queue = queue(of: surroundings)
        return try await queue.run { () throws(StoreError) in
            try ContextStore(StoreFolder(path: folder, surroundings), limits, surroundings, queue, report)
        }
    }

    private init(
        _ folder: StoreFolder, _ limits: StoreLimits, _ surroundings: Surroundings, _ queue: WorkQueue,
        _ report: @escaping @Sendable (String) -> Void
    ) throws(StoreError) {
        if let warning = try folder.make() { report(warning) }
        lock = try folder.locked()
        pool = try DatabaseFile(folder: folder, report: report).open()
        path = folder.database
        vectors = VectorCache(limitBytes: limits.vectorBytes.count)
        learned = LearningBuffer(limits: limits)
        self.folder = folder
        self.limits = limits
        self.surroundings = surroundings
        self.queue = queue
        self.report = report
    }

    static func queue(of surroundings: Surroundings) -> WorkQueue {
        surroundings.queue("ember.store.blocking", .concurrent)
    }

    /// Writes what was learned and closes the files; every later call throws `closed`. Again is fine.
    ///
    /// - Throws: what writing the learned ones failed for; the store is closed all the same.
    public func close() async throws(StoreError) {
        let wasClosed = isClosed.withLock { closed in
            defer { closed = true }
            return closed
        }
        if wasClosed { return }
        let flushed = await onWriter { db throws(StoreError) in try self.writeLearned(db) }
        try await queue.run { () throws(StoreError) in
            defer { self.lock.release() }
            do { try self.pool.close() } catch { throw StoreError(error, path: self.path) }
            do throws(StoreError) { try DatabaseFile(folder: self.folder, report: self.report).settle() } catch {
                self.report("\(self.path)-wal belongs to the database and is to be copied with it: \(error)")
            }
        }
        try flushed.get()
    }

    // MARK: Access

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

    /// Changes the database in one transaction; names are checked first. What was learned before is written first, so
    /// that the change finds it.
    func write<Value: Sendable>(
        _ asked: NameCheck, _ durability: Durability = .process,
        _ change: @escaping @Sendable (inout Transaction) throws -> Value
    ) async throws(StoreError) -> Value {
        try checkOpen()
        try asked.check()
        let result = await onWriter { db throws(StoreError) in
            // Its failure does not prevent a change that may free space, and is reported when the writing is tried
            // again.
            try? self.writeLearned(db)
            return try self.transact(db, durability, change)
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

    func tell(_ line: String) { report(line) }

    func checkOpen() throws(StoreError) {
        if isClosed.withLock({ $0 }) { throw .closed }
    }

    /// The result in the store's own errors; damage is remembered for the next start.
    func result<Value>(_ work: () throws -> Value) -> Result<Value, StoreError> {
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
