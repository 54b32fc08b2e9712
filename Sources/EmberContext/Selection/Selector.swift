import EmberCore
public import EmberStore
public import EmberSystem

/// Chooses demonstrations for requests, and remembers the prefixes that are to stay the same from one request to the
/// next.
public actor Selector {
    private let store: ContextStore
    private var recent: [PrefixKey: [Int]] = [:]
    private var standing: [PrefixKey: StandingChoice] = [:]
    /// Choices that are being made. One that was forgotten meanwhile does not stand.
    private var choosing: [PrefixKey: Task<StandingChoice, Never>] = [:]

    private let time: TimeSource
    /// Choosing among thousands of demonstrations computes for long.
    private let queue: WorkQueue

    /// Prefixes remembered; beyond that all are chosen again.
    private static let mostPrefixes = 4096
    /// How many of the newest demonstrations a choice among all considers.
    private static let poolSize = ContextStore.largestPage
    /// How many of a cluster's demonstrations are chosen for the request itself.
    public static let nearestOfClustered = 2
    private static let mostClusters = 16
    /// A pool that has grown by this factor is looked at again.
    private static let growth = 1.5

    /// Whose prefix it is; those of different lengths are different ones.
    private struct PrefixKey: Hashable {
        let scope: DemonstrationScope
        let mode: SelectionMode
        let count: Int
    }

    /// A choice among a service's demonstrations that stands until the service has grown, or one of them has gone.
    private struct StandingChoice: Sendable {
        /// By prefix.
        var ids: [[Int]]
        var clustering: Clustering?
        /// The service's size when it was chosen.
        var size = 0

        init(ids: [[Int]], clustering: Clustering? = nil) {
            self.ids = ids
            self.clustering = clustering
        }

        /// Of each cluster, the demonstrations that are nearest to its middle.
        init(clustering embedded: [Demonstration], count: Int, stable: Int) {
            let vectors = embedded.compactMap(\.embedding?.vector)
            guard !vectors.isEmpty else {
                self.init(ids: [])
                return
            }
            let clusters = max(1, min(Selector.mostClusters, embedded.count / max(1, 2 * count)))
            let clustering = Clustering(vectors, count: clusters)
            let ids = clustering.centres.map { centre in
                let near = vectors.indices.sorted {
                    (-Vectors.cosine(vectors[$0], centre), $0) < (-Vectors.cosine(vectors[$1], centre), $1)
                }
                // The nearest to the middle come last, next to the question.
                return near.prefix(stable).reversed().map { embedded[$0].id }
            }
            self.init(ids: ids, clustering: clustering)
        }

        /// The prefix for a request that lies there, and its number.
        func prefix(for vector: Embedding?) -> (number: Int, ids: [Int]) {
            let number = clustering.flatMap { clustering in vector.map { clustering.nearest(to: $0.vector) } } ?? 0
            return (number, ids.indices.contains(number) ? ids[number] : [])
        }
    }

    public init(store: ContextStore, _ surroundings: Surroundings) {
        self.store = store
        time = surroundings.time
        queue = surroundings.queue("ember.selection", isUrgent: false)
    }

    /// Forgets the prefixes of a service whose demonstrations were removed or replaced.
    public func forget(tenant: String, service: String) {
        recent = recent.filter { $0.key.scope.tenant != tenant || $0.key.scope.service != service }
        standing = standing.filter { $0.key.scope.tenant != tenant || $0.key.scope.service != service }
        choosing = choosing.filter { $0.key.scope.tenant != tenant || $0.key.scope.service != service }
    }

    public func select(_ request: SelectionRequest) async throws(StoreError) -> Selection {
        guard request.count > 0 else { return Selection() }
        if recent.count + standing.count > Self.mostPrefixes { (recent, standing) = ([:], [:]) }
        switch request.mode {
        case .none, .auto: return Selection()
        case .recent: return try await newest(request)
        case .fixed: return try await fixed(request)
        case .diverse: return try await diverse(request)
        case .nearest:
            guard let vector = request.vector else { return try await newest(request) }
            let near = try await nearest(request.count, to: vector, request)
            return near.isEmpty ? try await newest(request) : Selection(near.reversed(), stable: 0, .nearest)
        case .clustered:
            guard let vector = request.vector else { return try await newest(request) }
            return try await clustered(request, vector)
        }
    }

    // MARK: Recent

    /// The remembered ones and those that have come since; past `count` only the newer half stays.
    private func newest(_ request: SelectionRequest) async throws(StoreError) -> Selection {
        let key = PrefixKey(scope: request.scope, mode: .recent, count: request.count)
        var chosen: [Demonstration] = []
        if let known = recent[key], let last = known.last {
            chosen = try await stored(known, request)
            let fresh = try await store.demonstrations(of: request.scope, ids: (last + 1)...Int.max)
            chosen += fresh.filter(request.admits)
            if chosen.count > request.count { chosen = Array(chosen.suffix(max(1, request.count / 2))) }
        }
        if chosen.isEmpty {
            let newest = try await store.newest(min(2 * request.count, Self.poolSize), of: request.scope)
            chosen = Array(newest.filter(request.admits).prefix(request.count).reversed())
        }
        recent[key] = chosen.map(\.id)
        return Selection(chosen, stable: chosen.count, .recent)
    }

    // MARK: Choices that stand

    private func fixed(_ request: SelectionRequest) async throws(StoreError) -> Selection {
        let count = request.count
        return try await standing(request, .fixed) { pool in
            StandingChoice(ids: [pool.sorted { $0.id < $1.id }.prefix(count).map(\.id)])
        }
    }

    private func diverse(_ request: SelectionRequest) async throws(StoreError) -> Selection {
        let count = request.count
        let selection = try await standing(request, .diverse) { pool in
            let embedded = pool.filter { $0.embedding != nil }
            let vectors = embedded.compactMap(\.embedding?.vector)
            let points = Clustering.farthestPoints(of: vectors, count: count)
            return StandingChoice(ids: [points.map { embedded[$0].id }])
        }
        return selection.demonstrations.isEmpty ? try await newest(request) : selection
    }

    private func clustered(
        _ request: SelectionRequest, _ vector: Embedding
    ) async throws(StoreError) -> Selection {
        let (stable, count) = (max(0, request.count - Self.nearestOfClustered), request.count)
        var selection = Selection([], stable: 0, .clustered)
        // With `nearestOfClustered` or fewer, all are the nearest to the request, and none comes from a cluster.
        if stable > 0 {
            selection = try await standing(request, .clustered) { pool in
                let embedded = pool.filter { $0.embedding?.embedder == vector.embedder }
                return StandingChoice(clustering: embedded, count: count, stable: stable)
            }
        }
        let near = try await nearest(request.count, to: vector, request)
        guard !near.isEmpty else { return selection.demonstrations.isEmpty ? try await newest(request) : selection }
        let prefix = Set(selection.demonstrations.map(\.id))
        let own = near.filter { !prefix.contains($0.id) }.prefix(request.count - selection.demonstrations.count)
        selection.demonstrations += own.prefix(max(Self.nearestOfClustered, 1)).reversed()
        return selection
    }

    /// The choice that stands, or a new one where the service has grown or lost one of the chosen.
    private func standing(
        _ request: SelectionRequest, _ mode: SelectionMode,
        choose: @escaping @Sendable ([Demonstration]) -> StandingChoice
    ) async throws(StoreError) -> Selection {
        let key = PrefixKey(scope: request.scope, mode: mode, count: request.count)
        // Of all of the service, whatever the model: that is known without counting.
        let size = try await store.usage(of: DemonstrationScope(tenant: key.scope.tenant, service: key.scope.service))
            .entries
        if let choice = standing[key], !isOutgrown(choice, size, mode, request.count) {
            let (prefix, ids) = choice.prefix(for: request.vector)
            let found = try await stored(ids, request)
            if found.count == ids.count { return Selection(found, stable: found.count, prefix: prefix, mode) }
        }
        let pool = try await pool(request, mode).filter(request.admits)
        let work = choosing[key] ?? time.later { [queue] in await queue.run { choose(pool) } }
        choosing[key] = work
        var choice = await work.value
        choice.size = size
        if choosing[key] == work {
            choosing[key] = nil
            standing[key] = choice
        }
        let (prefix, ids) = choice.prefix(for: request.vector)
        let byID = Dictionary(uniqueKeysWithValues: pool.map { ($0.id, $0) })
        let chosen = ids.compactMap { byID[$0] }
        return Selection(chosen, stable: chosen.count, prefix: prefix, mode)
    }

    /// The fixed ones are the oldest, so that later ones change nothing once there are enough.
    private func isOutgrown(_ choice: StandingChoice, _ size: Int, _ mode: SelectionMode, _ count: Int) -> Bool {
        if mode == .fixed { return size > choice.size && (choice.ids.first?.count ?? 0) < count }
        return Double(size) >= max(Double(choice.size) * Self.growth, Double(choice.size) + 1)
    }

    private func pool(_ request: SelectionRequest, _ mode: SelectionMode) async throws(StoreError) -> [Demonstration] {
        if mode == .fixed {
            return try await store.demonstrations(
                of: request.scope, ids: 0...Int.max, limit: min(Self.poolSize, 4 * request.count))
        }
        return try await store.newest(Self.poolSize, of: request.scope)
    }

    // MARK: Looking up

    private func stored(_ ids: [Int], _ request: SelectionRequest) async throws(StoreError) -> [Demonstration] {
        try await store.demonstrations(ids, of: request.scope).filter(request.admits)
    }

    /// The nearest that are good enough, the nearest first.
    private func nearest(
        _ count: Int, to vector: Embedding, _ request: SelectionRequest
    ) async throws(StoreError) -> [Demonstration] {
        let wanted = request.leastQuality > 0 ? min(4 * count, Self.poolSize) : count
        let near = try await store.nearest(wanted, to: vector, of: request.scope)
        return Array(near.map(\.demonstration).filter(request.admits).prefix(count))
    }
}
