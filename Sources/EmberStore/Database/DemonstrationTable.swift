import Foundation
import GRDB

/// Reads demonstrations; every question names the tenant.
struct DemonstrationTable {
    let db: Database

    private static let columns = """
        SELECT d.id, d.model, d.request, d.origin, d.quality, d.time, d.tokens, d.prompt, d.result, \
        s.tenant, s.name AS service, e.embedder, e.vector \
        FROM service s JOIN demonstration d ON d.service = s.id LEFT JOIN embedding e ON e.id = d.id
        """

    /// The demonstrations of a scope whose ids lie in a range, from one of its ends; O(log of the store + entries of
    /// the service that are passed over because of their model).
    func page(_ scope: DemonstrationScope, ids: ClosedRange<Int>, _ order: PageOrder, limit: Int) throws
        -> [Demonstration]
    {
        let direction = order == .newestFirst ? "DESC" : "ASC"
        let sql = """
            \(Self.columns) WHERE s.tenant = :tenant AND s.name = :service AND d.id BETWEEN :first AND :last
            AND (:model IS NULL OR d.model IS NULL OR d.model = :model) ORDER BY d.id \(direction) LIMIT :limit
            """
        let arguments: StatementArguments = [
            "tenant": scope.tenant, "service": scope.service, "model": scope.model, "first": ids.lowerBound,
            "last": ids.upperBound, "limit": limit,
        ]
        return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).map(Demonstration.init(row:))
    }

    /// Nil: not there, or another tenant's.
    func demonstration(_ id: Int, tenant: String) throws -> Demonstration? {
        let sql = "\(Self.columns) WHERE d.id = ? AND s.tenant = ?"
        return try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [id, tenant]).map(Demonstration.init(row:))
    }

    /// The oldest of a scope that have no vector by this model.
    func withoutEmbedding(by embedder: String, _ scope: DemonstrationScope, limit: Int) throws -> [Demonstration] {
        let sql = """
            \(Self.columns) WHERE s.tenant = :tenant AND s.name = :service AND e.embedder IS NOT :embedder
            AND (:model IS NULL OR d.model IS NULL OR d.model = :model) ORDER BY d.id LIMIT :limit
            """
        let arguments: StatementArguments = [
            "tenant": scope.tenant, "service": scope.service, "model": scope.model, "embedder": embedder,
            "limit": limit,
        ]
        return try Row.fetchAll(db, sql: sql, arguments: arguments).map(Demonstration.init(row:))
    }

    func countWithoutEmbedding(by embedder: String, _ scope: DemonstrationScope) throws -> Int {
        let sql = """
            SELECT count(*) FROM service s JOIN demonstration d ON d.service = s.id LEFT JOIN embedding e ON e.id = d.id
            WHERE s.tenant = :tenant AND s.name = :service AND e.embedder IS NOT :embedder
            AND (:model IS NULL OR d.model IS NULL OR d.model = :model)
            """
        let arguments: StatementArguments = [
            "tenant": scope.tenant, "service": scope.service, "model": scope.model, "embedder": embedder,
        ]
        return try Int.fetchOne(db.cachedStatement(sql: sql), arguments: arguments) ?? 0
    }

    /// The vectors of a service's demonstrations that can be compared with this one.
    func vectors(of service: Int, like embedding: Embedding) throws -> VectorMatrix {
        let sql = """
            SELECT d.id, d.model, e.vector FROM demonstration d JOIN embedding e ON e.id = d.id
            WHERE d.service = ? AND e.embedder = ? AND length(e.vector) = ? ORDER BY d.id
            """
        let dimension = embedding.vector.count
        let arguments: StatementArguments = [service, embedding.embedder, dimension * Embedding.bytesPerNumber]
        var matrix = VectorMatrix(service: service, dimension: dimension)
        let rows = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
        while let row = try rows.next() {
            let data: Data = row["vector"]
            matrix.append(row["id"], model: row["model"], Embedding.vector(data))
        }
        return matrix
    }
}

/// From which end a page is read.
enum PageOrder {
    case newestFirst
    case oldestFirst
}

extension Demonstration {
    init(row: Row) {
        let vector: Data? = row["vector"]
        id = row["id"]
        tenant = row["tenant"]
        content = DemonstrationContent(
            service: row["service"], model: row["model"], prompt: row["prompt"], result: row["result"],
            tokens: TokenCounts.counts(in: row["tokens"]), origin: Origin(rawValue: row["origin"]) ?? .edge,
            quality: row["quality"], time: row["time"], request: row["request"],
            embedding: vector.map { Embedding(data: $0, embedder: row["embedder"]) })
    }
}
