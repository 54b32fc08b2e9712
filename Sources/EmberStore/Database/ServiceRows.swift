public import EmberCore
import GRDB

/// The services of all tenants, and what their demonstrations take.
struct ServiceRows {
    let db: Database

    func id(tenant: String, name: String) throws -> Int? {
        let statement = try db.cachedStatement(sql: "SELECT id FROM service WHERE tenant = ? AND name = ?")
        return try Int.fetchOne(statement, arguments: [tenant, name])
    }

    func idMakingIt(tenant: String, name: String) throws -> Int {
        if let known = try id(tenant: tenant, name: name) { return known }
        try db.execute(sql: "INSERT INTO service (tenant, name) VALUES (?, ?)", arguments: [tenant, name])
        return Int(db.lastInsertedRowID)
    }

    /// The service of a demonstration; nil where it is not there or another tenant's.
    func id(of demonstration: Int, tenant: String) throws -> Int? {
        let sql = "SELECT s.id FROM demonstration d JOIN service s ON s.id = d.service WHERE d.id = ? AND s.tenant = ?"
        return try Int.fetchOne(db.cachedStatement(sql: sql), arguments: [demonstration, tenant])
    }

    func ids(tenant: String) throws -> [Int] {
        try Int.fetchAll(db, sql: "SELECT id FROM service WHERE tenant = ? ORDER BY name", arguments: [tenant])
    }

    func usage(of service: Int) throws -> StoreUsage {
        let statement = try db.cachedStatement(sql: "SELECT entries, bytes FROM service WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [service]).map(StoreUsage.init(row:)) ?? StoreUsage()
    }

    func usage(of service: Int, model: String) throws -> StoreUsage {
        let sql = """
            SELECT count(*) AS entries, coalesce(sum(bytes), 0) AS bytes FROM demonstration
            WHERE service = ? AND (model = ? OR model IS NULL)
            """
        return try Row.fetchOne(db, sql: sql, arguments: [service, model]).map(StoreUsage.init(row:)) ?? StoreUsage()
    }

    /// Those that hold something, by name.
    func usages(tenant: String) throws -> [ServiceUsage] {
        let sql = "SELECT name, entries, bytes FROM service WHERE tenant = ? AND entries > 0 ORDER BY name"
        return try Row.fetchAll(db, sql: sql, arguments: [tenant])
            .map { ServiceUsage(service: $0["name"], usage: StoreUsage(row: $0)) }
    }

    func remove(_ service: Int) throws {
        try db.execute(sql: "DELETE FROM service WHERE id = ?", arguments: [service])
    }
}

/// How many demonstrations there are and what they take on the disk.
public struct StoreUsage: Hashable, Sendable {
    public var entries = 0
    /// About: texts, vectors and an allowance for the row and its places in the indexes.
    public var bytes = Bytes.zero

    init() {}

    init(row: Row) {
        entries = row["entries"]
        bytes = Bytes(row["bytes"])
    }
}

/// What a tenant's service takes.
public struct ServiceUsage: Hashable, Sendable {
    public let service: String
    public let usage: StoreUsage
}
