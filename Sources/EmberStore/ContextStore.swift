public import EmberSystem

/// Keeps what must survive a restart: the demonstrations of the services, in `context.sqlite` of the state folder.
///
/// Every method may be called from any task and waits without blocking its thread. What has begun is finished, also
/// when the waiting task is cancelled. Changes are made one after the other, questions beside them see what is
/// committed.
public final class ContextStore: Sendable {
    let database: StoreDatabase
    let writer: StoreWriter

    public var limits: StoreLimits { database.limits }
    /// Path of the database's file.
    public var path: String { database.path }

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
        database = try StoreDatabase(folder, limits, queue, report)
        writer = StoreWriter(database, surroundings.time, report: report)
    }

    static func queue(of surroundings: Surroundings) -> WorkQueue {
        surroundings.queue("ember.store.blocking", .concurrent)
    }

    /// Writes what was learned and closes the files; every later call throws `closed`. Again is fine.
    ///
    /// - Throws: what writing the learned ones failed for; the store is closed all the same.
    public func close() async throws(StoreError) {
        guard database.refuse() else { return }
        let flushed = await writer.flush()
        try await database.close()
        try flushed.get()
    }
}
