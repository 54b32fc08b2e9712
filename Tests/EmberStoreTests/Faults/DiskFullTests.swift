import Foundation
import GRDB
import Testing

@testable import EmberStore

/// SQLite says "full" of a file that has reached its greatest number of pages just as it does of a full disk.
@Suite struct DiskFullTests {
    private let folder: TestFolder
    private let long = String(repeating: "x", count: 20_000)

    init() throws { folder = try TestFolder() }

    private func setRoom(_ store: ContextStore, pages: Int?) async throws {
        try await store.database.pool.writeWithoutTransaction { db in
            let used = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages.map { used + $0 } ?? 1_000_000)")
        }
    }

    @Test func anAddIsRefusedAndTheStoreGoesOn() async throws {
        let store = try await opened(folder)
        try await store.add((0..<5).map { example("r\($0)", vector: [1, Float($0)], text: long) })
        #expect(try await store.requests(near: [1, 0]).count == 5)
        let usage = try await store.usage(of: .chat)
        try await setRoom(store, pages: 2)
        let refused = example("refused", vector: [1, 0], text: long)
        #expect(await problem { try await store.add(refused, tenant: "ann") } == .diskFull(path: folder.database))
        // Nothing of it is there, and all else works.
        #expect(try await store.usage(of: .chat) == usage)
        #expect(try await store.requests(near: [1, 0]).count == 5)
        #expect(try await store.rate(request: "r1", tenant: "ann", quality: 1) == 1)
        #expect(try await store.remove(ids: [store.newest(1, of: .chat)[0].id], tenant: "ann") == 1)
        try await store.add(refused, tenant: "ann")
        #expect(try await store.requests(near: [1, 0]).first == "refused")
    }

    @Test func anImportIsRefusedAsAWhole() async throws {
        let store = try await opened(folder)
        try await store.add(example("a"), tenant: "ann")
        try await setRoom(store, pages: 10)
        let lines = (0..<50).map { "{\"prompt\": \"\(long)\($0)\", \"result\": \"r\"}\n" }.joined()
        #expect(
            await problem {
                _ = try await store.importLines(Pieces(lines, length: 9999), tenant: "ann", into: "chat", now: 0)
            }
                == .diskFull(path: folder.database))
        #expect(try await store.requests() == ["a"])
    }

    @Test func whatWasLearnedIsKeptUntilThereIsRoom() async throws {
        let reports = Reports()
        var limits = StoreLimits.patient
        limits.flushInterval = .milliseconds(10)
        let store = try await opened(folder, limits, reports: reports)
        try await store.add(example("a"), tenant: "ann")
        try await setRoom(store, pages: 2)
        for number in 0..<3 { try store.learn(example("r\(number)", text: long), tenant: "ann") }
        #expect(await problem { try await store.flush() } == .diskFull(path: folder.database))
        #expect(try await store.rate(request: "a", tenant: "ann", quality: 1) == 1)
        #expect(await eventually { !reports.lines.isEmpty })
        #expect(reports.lines.allSatisfy { $0.contains("the disk of \(folder.database) is full") })
        try store.learn(example("r3"), tenant: "ann")
        try await setRoom(store, pages: nil)
        try await store.flush()
        #expect(try await store.requests() == ["r3", "r2", "r1", "r0", "a"])
    }

    @Test func whatWaitsIsBounded() async throws {
        let reports = Reports()
        var limits = StoreLimits.patient
        limits.waitingBytes = .init(50_000)
        let store = try await opened(folder, limits, reports: reports)
        for number in 0..<5 { try store.learn(example("r\(number)", text: long), tenant: "ann") }
        try await store.flush()
        #expect(try await store.requests() == ["r4", "r3"])
        #expect(reports.lines == ["3 learned demonstrations were dropped: they could not be written in time"])
    }
}
