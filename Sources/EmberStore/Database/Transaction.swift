import Foundation
import GRDB

/// One transaction under way: its changes, and what they mean for the vectors in memory once it is committed.
struct Transaction {
    let db: Database
    let limits: StoreLimits
    private(set) var vectorChanges: [VectorChange] = []
    private var grown: Set<Int> = []

    /// What a row and its places in the indexes take beside its texts and vector.
    private static let rowBytes = 256

    init(_ db: Database, _ limits: StoreLimits) {
        self.db = db
        self.limits = limits
    }

    /// The new id; nil if the service has a demonstration of this request already.
    mutating func insert(_ content: DemonstrationContent, tenant: String) throws -> Int? {
        let service = try ServiceRows(db: db).idMakingIt(tenant: tenant, name: content.service)
        let tokens = TokenCounts.text(content.tokens)
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO demonstration
                (service, model, request, origin, quality, time, bytes, tokens, prompt, result)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (service, request) DO NOTHING
                """)
        try statement.execute(arguments: [
            service, content.model, content.request, content.origin.rawValue, content.quality, content.time,
            Self.bytes(content, tokens), tokens, content.prompt, content.result,
        ])
        guard db.changesCount > 0 else { return nil }
        let id = Int(db.lastInsertedRowID)
        grown.insert(service)
        try insertEmbedding(content, id, service)
        return id
    }

    /// Replaces the embedding of a demonstration, and nothing else.
    mutating func update(_ demonstration: Demonstration, to content: DemonstrationContent) throws {
        let services = ServiceRows(db: db)
        guard let service = try services.id(of: demonstration.id, tenant: demonstration.tenant) else { return }
        let bytes = Self.bytes(content, TokenCounts.text(content.tokens))
        try db.cachedStatement(sql: "UPDATE demonstration SET bytes = ? WHERE id = ?")
            .execute(arguments: [bytes, demonstration.id])
        grown.insert(service)
        guard content.embedding != demonstration.embedding else { return }
        try db.cachedStatement(sql: "DELETE FROM embedding WHERE id = ?").execute(arguments: [demonstration.id])
        vectorChanges.append(.removed(service: service, id: demonstration.id))
        try insertEmbedding(content, demonstration.id, service)
    }

    /// How many demonstrations were rated; the last of the arguments is the tenant.
    func rate(_ quality: Double?, ofTenantWhere condition: String, _ arguments: StatementArguments) throws -> Int {
        let sql = """
            UPDATE demonstration SET quality = ?
            WHERE \(condition) AND service IN (SELECT id FROM service WHERE tenant = ?)
            """
        try db.cachedStatement(sql: sql).execute(arguments: [quality] + arguments)
        return db.changesCount
    }

    mutating func remove(_ id: Int, of service: Int) throws {
        try db.cachedStatement(sql: "DELETE FROM demonstration WHERE id = ?").execute(arguments: [id])
        vectorChanges.append(.removed(service: service, id: id))
    }

    /// Removes a service with all it has; returns the number of its demonstrations.
    mutating func removeService(_ service: Int) throws -> Int {
        let entries = try ServiceRows(db: db).usage(of: service).entries
        try db.execute(sql: "DELETE FROM demonstration WHERE service = ?", arguments: [service])
        try ServiceRows(db: db).remove(service)
        vectorChanges.append(.serviceRemoved(service))
        return entries
    }

    /// Gives up what is over the quotas of the services that have grown and of the disk.
    ///
    /// - Parameter firstNew: the first id that came with this transaction.
    /// - Returns: the ids given up.
    mutating func keepQuotas(firstNew: Int) throws -> [Int] {
        let eviction = Eviction(db: db, limits: limits, firstNew: firstNew)
        var evicted: [Int] = []
        for service in grown.sorted() {
            for victim in try eviction.victims(of: service) { evicted.append(try evict(victim)) }
        }
        while case let victims = try eviction.victimsOfTheDisk(), !victims.isEmpty {
            for victim in victims { evicted.append(try evict(victim)) }
        }
        return evicted
    }

    private mutating func evict(_ victim: Eviction.Victim) throws -> Int {
        try remove(victim.id, of: victim.service)
        return victim.id
    }

    private mutating func insertEmbedding(_ content: DemonstrationContent, _ id: Int, _ service: Int) throws {
        guard let embedding = content.embedding else { return }
        try db.cachedStatement(sql: "INSERT INTO embedding (id, embedder, vector) VALUES (?, ?, ?)")
            .execute(arguments: [id, embedding.embedder, embedding.data])
        vectorChanges.append(.added(service: service, id: id, model: content.model, embedding))
    }

    private static func bytes(_ content: DemonstrationContent, _ tokens: String?) -> Int {
        let texts = [content.prompt, content.result, content.request, content.model ?? "", tokens ?? ""]
        let vector = content.embedding.map { $0.vector.count * Embedding.bytesPerNumber + $0.embedder.utf8.count } ?? 0
        return texts.reduce(rowBytes + vector) { $0 + $1.utf8.count }
    }
}
