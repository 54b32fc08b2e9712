import EmberStore
import Foundation
import Testing

/// Ben tries to get at, or to change, what is Ann's; every method that takes a tenant is tried.
@Suite struct IsolationTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test func anotherTenantsDemonstrationsAreOutOfReach() async throws {
        let store = try await opened(folder)
        let content = example("a", quality: 0.5, vector: [1, 0])
        let id = try await store.add(content, tenant: "ann")
        for ben in ["ben", "", "ANN", "ann ", "%", "ann' OR '1'='1"] {
            let scope = DemonstrationScope(tenant: ben, service: "chat")
            #expect(try await store.newest(9, of: scope) == [])
            #expect(try await store.list(scope).demonstrations == [])
            #expect(try await store.demonstrations(of: scope, ids: 0...Int.max) == [])
            #expect(try await store.demonstrations(withoutEmbeddingBy: "other", of: scope) == [])
            #expect(try await store.demonstration(id, tenant: ben) == nil)
            #expect(try await store.requests(near: [1, 0], 9, scope) == [])
            #expect(try await store.usage(of: scope).entries == 0)
            #expect(try await store.usage(of: .init(tenant: ben, service: "chat", model: "x")).entries == 0)
            #expect(try await store.services(of: ben) == [])
            #expect(try await exported(store, ben) == [])
            #expect(try await store.rate(request: "a", tenant: ben, quality: 0) == 0)
            #expect(try await store.rate(id: id, tenant: ben, quality: 0) == false)
            #expect(
                try await store.setEmbedding(.init(vector: [0, 1], embedder: "minilm"), of: id, tenant: ben) == false)
            #expect(try await store.remove(ids: [id], tenant: ben) == 0)
            #expect(try await store.remove(service: "chat", tenant: ben) == 0)
            #expect(try await store.removeAll(tenant: ben) == 0)
        }
        #expect(try await store.demonstration(id, tenant: "ann")?.content == content)
    }

    /// SQLite's texts end at a zero byte; and what Swift holds to be equal, the database need not.
    @Test func namesThatOnlyLookTheSameAreOthers() async throws {
        let store = try await opened(folder)
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        let scope = DemonstrationScope(tenant: composed, service: composed)
        let other = DemonstrationScope(tenant: decomposed, service: composed)
        try await store.add(example("a", service: composed, vector: [1, 0]), tenant: composed)
        try await store.add(example("b", service: composed, vector: [1, 1]), tenant: decomposed)
        for _ in 0..<2 {
            #expect(try await store.requests(near: [1, 0], 9, scope) == ["a"])
            #expect(try await store.requests(near: [1, 0], 9, other) == ["b"])
        }
        #expect(try await store.removeAll(tenant: decomposed) == 1)
        #expect(try await store.requests(scope) == ["a"])

        let cut = composed + "\0x"
        let attempts: [() async throws -> Void] = [
            { _ = try await store.requests(.init(tenant: cut, service: composed)) },
            { _ = try await store.requests(.init(tenant: composed, service: cut)) },
            { _ = try await store.requests(.init(tenant: composed, service: composed, model: cut)) },
            { _ = try await store.requests(near: [1], 9, .init(tenant: cut, service: composed)) },
            { _ = try await store.list(.init(tenant: cut, service: composed)) },
            { _ = try await store.demonstration(1, tenant: cut) },
            { _ = try await store.usage(of: .init(tenant: cut, service: composed)) },
            { _ = try await store.services(of: cut) }, { _ = try await exported(store, cut) },
            { _ = try await store.importLines(Pieces(""), tenant: cut, now: 0) },
            { _ = try await store.rate(request: "a", tenant: cut, quality: 0) },
            { _ = try await store.rate(request: "a\0", tenant: composed, quality: 0) },
            { _ = try await store.rate(id: 1, tenant: cut, quality: 0) },
            { _ = try await store.setEmbedding(.init(vector: [1], embedder: "m"), of: 1, tenant: cut) },
            { try await store.remove(ids: [1], tenant: cut) },
            { try await store.remove(service: composed, tenant: cut) },
            { try await store.remove(service: cut, tenant: composed) }, { try await store.removeAll(tenant: cut) },
            { try store.learn(example("x"), tenant: cut) }, { try await store.add(example("x"), tenant: cut) },
        ]
        for (number, attempt) in attempts.enumerated() {
            guard case .invalid = await problem(attempt) else {
                Issue.record("attempt \(number) was not invalid")
                continue
            }
        }
        #expect(try await store.newest(9, of: scope).map(\.quality) == [nil])
    }

    @Test func theSameNamesAreOfNoConcernToEachOther() async throws {
        let store = try await opened(folder)
        for tenant in ["ann", "ben"] {
            try await store.add(example("a", vector: [1, 0], text: tenant), tenant: tenant)
            try store.learn(example("b", vector: [1, 1], text: tenant), tenant: tenant)
            try await store.flush()
        }
        // Both services' vectors are in memory now.
        let ben = DemonstrationScope(tenant: "ben", service: "chat")
        for scope in [DemonstrationScope.chat, ben] {
            #expect(try await store.requests(near: [1, 0], 9, scope) == ["a", "b"])
        }
        #expect(try await store.rate(request: "a", tenant: "ben", quality: 0) == 1)
        #expect(try await store.remove(service: "chat", tenant: "ben") == 2)
        try await store.add(example("c", vector: [1, 0]), tenant: "ben")
        #expect(try await store.newest(9, of: .chat).map(\.prompt) == ["ann of b", "ann of a"])
        #expect(try await store.newest(9, of: .chat).map(\.quality) == [nil, nil])
        #expect(try await store.requests(near: [1, 0]) == ["a", "b"])
        #expect(try await store.requests(near: [1, 0], 9, ben) == ["c"])
    }

    @Test func anImportGoesToWhoImports() async throws {
        let store = try await opened(folder)
        try await store.add(example("a"), tenant: "ann")
        let lines = try await exported(store, "ann")
        #expect(!String(decoding: lines.joined(), as: UTF8.self).contains("ann"))
        _ = try await store.importLines(Pieces(lines), tenant: "ben", now: 0)
        #expect(try await store.requests(.init(tenant: "ben", service: "chat")) == ["a"])
        // A line cannot name a tenant.
        let line = #"{"service": "chat", "prompt": "p", "result": "r", "tenant": "ann"}"#
        #expect(
            await problem { _ = try await store.importLines(Pieces([Array(line.utf8)]), tenant: "ben", now: 0) } != nil)
        #expect(try await store.requests() == ["a"])
    }
}
