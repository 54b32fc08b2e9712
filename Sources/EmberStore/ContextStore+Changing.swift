import GRDB

extension ContextStore {
    /// Says how good the results of a request were; nil takes a judgement back.
    ///
    /// - Returns: how many demonstrations it was about: 0 where none of the tenant's has this request.
    public func rate(request: String, tenant: String, quality: Double?) async throws(StoreError) -> Int {
        try await rate(quality, .tenantsRequest(request, tenant: tenant), where: "request = ?", [request, tenant])
    }

    /// Says how good a demonstration is; nil takes a judgement back.
    ///
    /// - Returns: whether the tenant has it.
    public func rate(id: Int, tenant: String, quality: Double?) async throws(StoreError) -> Bool {
        try await rate(quality, .tenant(tenant), where: "id = ?", [id, tenant]) > 0
    }

    /// Says where a demonstration lies; an embedding that it had is replaced.
    ///
    /// - Returns: whether the tenant has it.
    public func setEmbedding(_ embedding: Embedding, of id: Int, tenant: String) async throws(StoreError) -> Bool {
        do { try ContentCheck.embedding(embedding) } catch { throw .invalid(error) }
        return try await change(id, tenant) { $0.embedding = embedding }
    }

    /// Removes those of the demonstrations that are the tenant's, and overwrites them on the disk.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func remove(ids: [Int], tenant: String) async throws(StoreError) -> Int {
        try await writer.write(.tenant(tenant), .power) { transaction in
            var removed = 0
            for id in ids {
                guard let service = try ServiceRows(db: transaction.db).id(of: id, tenant: tenant) else { continue }
                try transaction.remove(id, of: service)
                removed += 1
            }
            return removed
        }
    }

    /// Removes all of a tenant's service, overwrites it and gives the space back to the disk.
    ///
    /// - Returns: how many demonstrations there were.
    @discardableResult
    public func remove(service: String, tenant: String) async throws(StoreError) -> Int {
        try await removeServices(.tenantsService(service, tenant: tenant)) { services in
            try services.id(tenant: tenant, name: service).map { [$0] } ?? []
        }
    }

    /// Removes everything of a tenant, overwrites it and gives the space back to the disk.
    ///
    /// - Returns: how many demonstrations there were.
    @discardableResult
    public func removeAll(tenant: String) async throws(StoreError) -> Int {
        try await removeServices(.tenant(tenant)) { services in try services.ids(tenant: tenant) }
    }

    private func rate(
        _ quality: Double?, _ asked: NameCheck, where condition: String, _ arguments: StatementArguments
    ) async throws(StoreError) -> Int {
        do { try ContentCheck.quality(quality) } catch { throw .invalid(error) }
        return try await writer.write(asked) { try $0.rate(quality, ofTenantWhere: condition, arguments) }
    }

    private func change(
        _ id: Int, _ tenant: String, _ edit: @escaping @Sendable (inout DemonstrationContent) -> Void
    ) async throws(StoreError) -> Bool {
        try await writer.write(.tenant(tenant)) { transaction in
            guard let old = try DemonstrationTable(db: transaction.db).demonstration(id, tenant: tenant) else {
                return false
            }
            var content = old.content
            edit(&content)
            try transaction.update(old, to: content)
            _ = try transaction.keepQuotas(firstNew: Int.max)
            return true
        }
    }

    private func removeServices(
        _ asked: NameCheck, _ choose: @escaping @Sendable (ServiceRows) throws -> [Int]
    ) async throws(StoreError) -> Int {
        let removed = try await writer.write(asked, .power) { transaction in
            try choose(ServiceRows(db: transaction.db)).reduce(0) { try $0 + transaction.removeService($1) }
        }
        guard removed > 0 else { return 0 }
        // The log would hold the removed texts until it is next overwritten. Readers under way may hinder it: no harm.
        _ = await database.onWriter { db throws(StoreError) in
            try? db.execute(sql: "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")
        }
        return removed
    }
}
