import EmberSystem
import GRDB

/// Changes a store's database, and writes what was learned: soon after it came, and before any other change, which so
/// finds it.
final class StoreWriter: Sendable {
    private let database: StoreDatabase
    private let learned: LearningBuffer
    private let time: TimeSource
    private let report: @Sendable (String) -> Void

    /// - Parameter report: receives, a line each, what no caller's error says.
    init(_ database: StoreDatabase, _ time: TimeSource, report: @escaping @Sendable (String) -> Void) {
        self.database = database
        self.time = time
        learned = LearningBuffer(limits: database.limits)
        self.report = report
    }

    /// Changes the database in one transaction; names are checked first.
    func write<Value: Sendable>(
        _ asked: NameCheck, _ durability: Durability = .process,
        _ change: @escaping @Sendable (inout Transaction) throws -> Value
    ) async throws(StoreError) -> Value {
        try database.checkOpen()
        try asked.check()
        let result = await database.onWriter { db throws(StoreError) in
            // Its failure does not prevent a change that may free space, and is reported when the writing is tried
            // again.
            try? self.writeLearned(db)
            return try self.database.transact(db, durability, change)
        }
        return try result.get()
    }

    /// Never waits for the disk.
    func learn(_ lesson: LearningBuffer.Lesson) {
        switch learned.append(lesson) {
        case .nothing: break
        case .later: flushLater(after: database.limits.flushInterval)
        case .now: flushLater(after: .zero)
        }
    }

    /// Writes what was learned, whether the database still takes questions or not.
    func flush() async -> Result<Void, StoreError> {
        await database.onWriter { db throws(StoreError) in try self.writeLearned(db) }
    }

    /// On the writer's thread. What cannot be written is kept and tried again.
    private func writeLearned(_ db: Database) throws(StoreError) {
        let dropped = learned.takeDropped()
        if dropped > 0 { report("\(dropped) learned demonstrations were dropped: they could not be written in time") }
        let lessons = learned.take()
        guard !lessons.isEmpty else { return }
        do {
            try database.transact(db, .process) { transaction in
                let ids = try lessons.compactMap { try transaction.insert($0.content, tenant: $0.tenant) }
                if let first = ids.first { _ = try transaction.keepQuotas(firstNew: first) }
            }
        } catch {
            if learned.putBack(lessons) { retryLater() }
            throw error
        }
    }

    private func retryLater() {
        time.later(after: max(.seconds(1), database.limits.flushInterval * 10)) { [self] in
            learned.retryBegins()
            await flushOrReport()
        }
    }

    private func flushLater(after delay: Duration) {
        time.later(after: delay) { [self] in await flushOrReport() }
    }

    private func flushOrReport() async {
        // After a close nothing waits: it has been written, or its loss was that call's error.
        guard (try? database.checkOpen()) != nil else { return }
        do { try await flush().get() } catch { report("learned demonstrations cannot be written: \(error)") }
    }
}
