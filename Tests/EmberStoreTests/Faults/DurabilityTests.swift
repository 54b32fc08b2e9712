import GRDB
import Testing

@testable import EmberStore

/// A power failure cannot be made here; what SQLite was asked for can be looked at.
@Suite struct DurabilityTests {
    @Test func anAddWaitsForTheDiskAndALearnedOneDoesNot() async throws {
        let folder = try TestFolder()
        let store = try await opened(folder)
        func synchronous() async throws -> Int? {
            try await store.database.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
        }
        let (normal, full) = (1, 2)
        try await store.add(example("a"), tenant: "ann")
        #expect(try await synchronous() == full)
        try store.learn(example("b"), tenant: "ann")
        try await store.flush()
        #expect(try await synchronous() == normal)
        try await store.remove(service: "chat", tenant: "ann")
        #expect(try await synchronous() == full)
        let mode = try await store.database.pool.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(mode == "wal")
    }

    @Test func aCancelledTaskStillAdds() async throws {
        let folder = try TestFolder()
        let store = try await opened(folder)
        let adding = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await store.add(example("a"), tenant: "ann")
        }
        let id = try await adding.value
        #expect(try await store.demonstration(id, tenant: "ann")?.request == "a")
    }
}
