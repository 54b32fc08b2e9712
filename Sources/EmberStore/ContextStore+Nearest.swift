extension ContextStore {
    /// The demonstrations of a scope that are nearest to a vector by cosine, the nearest first.
    ///
    /// Exact, over all that have a vector of this length by this embedding model: O(entries of the service x
    /// dimension). The first question about a service reads its vectors from the disk.
    public func nearest(
        _ count: Int, to vector: Embedding, of scope: DemonstrationScope
    ) async throws(StoreError) -> [NearDemonstration] {
        try checkLimit(count)
        do { try ContentCheck.embedding(vector) } catch { throw .invalid(error) }
        try NameCheck.scope(scope).check()
        guard let matrix = try await database.matrix(of: scope, like: vector) else { return [] }
        return try await database.read(.scope(scope)) { db in
            let table = DemonstrationTable(db: db)
            return try matrix.nearest(count, to: vector.vector, model: scope.model).compactMap { neighbour in
                // Gone where it was removed a moment ago.
                try table.demonstration(neighbour.id, tenant: scope.tenant)
                    .map { NearDemonstration(demonstration: $0, cosine: neighbour.cosine) }
            }
        }
    }
}

/// A demonstration and how near it is.
public struct NearDemonstration: Hashable, Sendable {
    public let demonstration: Demonstration
    /// Of the angle between the vectors, from -1 to 1.
    public let cosine: Float
}
