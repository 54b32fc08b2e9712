import GRDB
import Testing

@testable import EmberStore

/// Questions stay quick in a large store only if SQLite finds its way by an index and need not sort.
@Suite struct QueryPlanTests {
    @Test func everyStatementUsesAnIndexAndSortsNothing() async throws {
        let folder = try TestFolder()
        let store = try await opened(folder)
        var seen: [String] = []
        for origin in Origin.allCases {
            try await store.add((0..<3).map { example("\(origin)\($0)", model: "m", origin: origin, vector: [1]) })
        }
        let statements = Statements()
        try await store.database.pool.writeWithoutTransaction { db in
            db.trace { statements.take("\($0.expandedDescription)") }
        }
        try await store.database.pool.barrierWriteWithoutTransaction { _ in }
        let eviction = try await store.database.pool.write { db in
            var limits = StoreLimits.patient
            limits.entriesPerService = 1
            limits.diskBytes = .init(1)
            let eviction = Eviction(db: db, limits: limits, firstNew: 3)
            let table = DemonstrationTable(db: db)
            for model in [nil, "m"] {
                let scope = DemonstrationScope(tenant: "ann", service: "chat", model: model)
                for order in [PageOrder.newestFirst, .oldestFirst] {
                    _ = try table.page(scope, ids: 0...99, order, limit: 5)
                }
                _ = try table.withoutEmbedding(by: "minilm", scope, limit: 5)
            }
            _ = try table.demonstration(1, tenant: "ann")
            _ = try table.vectors(of: 1, like: Embedding(vector: [1], embedder: "minilm"))
            return try eviction.victims(of: 1).count + eviction.victimsOfTheDisk().count
        }
        #expect(eviction == 17)
        _ = try await store.rate(request: "edge1", tenant: "ann", quality: 1)
        try await store.remove(ids: [2], tenant: "ann")
        try await store.removeAll(tenant: "ann")
        seen = statements.lines.filter { ["SELECT", "UPDATE", "DELETE"].contains($0.prefix(6)) }
        #expect(seen.count > 15)
        for statement in Set(seen) {
            let plan = try await store.database.pool.read { db in
                try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + statement).map { $0["detail"] as String }
            }
            let isSlow = plan.contains { $0.contains("TEMP B-TREE") || ($0.hasPrefix("SCAN") && !$0.contains("INDEX")) }
            #expect(!isSlow, "\(statement): \(plan)")
        }
    }
}

private typealias Statements = Reports
