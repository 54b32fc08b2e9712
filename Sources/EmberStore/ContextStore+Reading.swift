public import EmberCore

extension ContextStore {
    /// What one question may ask for.
    public static let largestPage = 1000

    /// The demonstrations of a scope that were added last, the newest first.
    public func newest(_ count: Int, of scope: DemonstrationScope) async throws(StoreError) -> [Demonstration] {
        try await demonstrations(of: scope, ids: 0...Int.max, .newestFirst, limit: count)
    }

    /// The demonstrations of a scope with an id in a range, the oldest first, at most `limit`.
    public func demonstrations(
        of scope: DemonstrationScope, ids: ClosedRange<Int>, limit: Int = largestPage
    ) async throws(StoreError) -> [Demonstration] {
        try await demonstrations(of: scope, ids: ids, .oldestFirst, limit: limit)
    }

    /// The demonstrations of a scope with these ids, in their order; those that are not there are left out.
    public func demonstrations(
        _ ids: [Int], of scope: DemonstrationScope
    ) async throws(StoreError) -> [Demonstration] {
        guard !ids.isEmpty else { return [] }
        return try await database.read(.scope(scope)) { db in
            let table = DemonstrationTable(db: db)
            return try ids.compactMap { id in
                try table.demonstration(id, tenant: scope.tenant).flatMap { scope.holds($0) ? $0 : nil }
            }
        }
    }

    /// A page of a scope, the newest first; `before` is the `next` of the page before, nil for the first page.
    public func list(
        _ scope: DemonstrationScope, before: Int? = nil, limit: Int = 100
    ) async throws(StoreError) -> DemonstrationPage {
        let ids = 0...(max(1, before ?? Int.max) - 1)
        let found = try await demonstrations(of: scope, ids: ids, .newestFirst, limit: limit)
        return DemonstrationPage(demonstrations: found, next: found.count == limit ? found.last?.id : nil)
    }

    /// One demonstration; nil where it is not there or another tenant's.
    public func demonstration(_ id: Int, tenant: String) async throws(StoreError) -> Demonstration? {
        try await database.read(.tenant(tenant)) { try DemonstrationTable(db: $0).demonstration(id, tenant: tenant) }
    }

    /// The oldest of a scope that have no vector by a model, such as those that a user gave.
    public func demonstrations(
        withoutEmbeddingBy embedder: String, of scope: DemonstrationScope, limit: Int = 100
    ) async throws(StoreError) -> [Demonstration] {
        try checkLimit(limit)
        do { try ContentCheck.name(embedder, "embedder") } catch { throw .invalid(error) }
        return try await database.read(.scope(scope)) {
            try DemonstrationTable(db: $0).withoutEmbedding(by: embedder, scope, limit: limit)
        }
    }

    /// How many demonstrations of a scope have no vector by a model.
    public func countWithoutEmbedding(
        by embedder: String, of scope: DemonstrationScope
    ) async throws(StoreError) -> Int {
        do { try ContentCheck.name(embedder, "embedder") } catch { throw .invalid(error) }
        return try await database.read(.scope(scope)) {
            try DemonstrationTable(db: $0).countWithoutEmbedding(by: embedder, scope)
        }
    }

    /// How many demonstrations a scope has and what they take.
    public func usage(of scope: DemonstrationScope) async throws(StoreError) -> StoreUsage {
        try await database.read(.scope(scope)) { db in
            let services = ServiceRows(db: db)
            guard let service = try services.id(tenant: scope.tenant, name: scope.service) else { return StoreUsage() }
            guard let model = scope.model else { return try services.usage(of: service) }
            return try services.usage(of: service, model: model)
        }
    }

    /// What each of a tenant's services takes, by name; services without demonstrations are left out.
    public func services(of tenant: String) async throws(StoreError) -> [ServiceUsage] {
        try await database.read(.tenant(tenant)) { try ServiceRows(db: $0).usages(tenant: tenant) }
    }

    /// What the database's file takes on the disk, for all tenants.
    public func fileBytes() async throws(StoreError) -> Bytes {
        try await database.read(.none) { Bytes(try DiskUse(db: $0).fileBytes) }
    }

    private func demonstrations(
        of scope: DemonstrationScope, ids: ClosedRange<Int>, _ order: PageOrder, limit: Int
    ) async throws(StoreError) -> [Demonstration] {
        try checkLimit(limit)
        return try await database.read(.scope(scope)) {
            try DemonstrationTable(db: $0).page(scope, ids: ids, order, limit: limit)
        }
    }

    func checkLimit(_ limit: Int) throws(StoreError) {
        guard (1...Self.largestPage).contains(limit) else {
            throw .invalid(FieldProblem("limit", "\(limit)", "give a number from 1 to \(Self.largestPage)"))
        }
    }
}

/// A page of a list.
public struct DemonstrationPage: Hashable, Sendable {
    public let demonstrations: [Demonstration]
    /// What to ask for the next page with; nil: this may be the last one.
    public let next: Int?
}
