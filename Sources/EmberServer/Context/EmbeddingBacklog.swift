import EmberStore
import EmberSystem
import Logging
import Synchronization

/// Finds out, in the background, where demonstrations lie of which that is not known yet.
final class EmbeddingBacklog: Sendable {
    private let store: ContextStore
    private let embedder: Embedder
    private let logger: Logger
    private let time: TimeSource
    private let running = Mutex<[Scope: Work]>([:])

    private struct Work {
        let task: Task<Void, Never>
        /// More has come since it looked.
        var isAskedAgain = false
    }

    private struct Scope: Hashable {
        let tenant: String
        let service: String
    }

    private static let batch = 16
    /// How long the embedding model may take to be there.
    private static let patienceSeconds = 60.0

    init(_ store: ContextStore, _ embedder: Embedder, logger: Logger, time: TimeSource) {
        self.store = store
        self.embedder = embedder
        self.logger = logger
        self.time = time
    }

    /// Works on a service's demonstrations until all have a vector; one such work at a time.
    func work(tenant: String, service: String, then done: @escaping @Sendable () async -> Void) {
        let scope = Scope(tenant: tenant, service: service)
        running.withLock { running in
            guard running[scope] == nil else {
                running[scope]?.isAskedAgain = true
                return
            }
            let task = time.later { [self] in
                repeat {
                    await embedMissing(DemonstrationScope(tenant: tenant, service: service))
                    await done()
                } while !hasEnded(scope)
            }
            running[scope] = Work(task: task)
        }
    }

    /// Ends the work, unless more has come; false then.
    private func hasEnded(_ scope: Scope) -> Bool {
        running.withLock { running in
            guard running[scope]?.isAskedAgain == true, !Task.isCancelled else {
                running[scope] = nil
                return true
            }
            running[scope]?.isAskedAgain = false
            return false
        }
    }

    func stop() {
        let works = running.withLock { running in
            running.sorted { ($0.key.tenant, $0.key.service) < ($1.key.tenant, $1.key.service) }.map(\.value)
        }
        for work in works { work.task.cancel() }
    }

    /// How many of a service's demonstrations have a vector.
    func embedded(_ scope: DemonstrationScope) async throws(StoreError) -> Int {
        try await store.usage(of: scope).entries - store.countWithoutEmbedding(by: embedder.name, of: scope)
    }

    private func embedMissing(_ scope: DemonstrationScope) async {
        do {
            try await store.flush()
            while !Task.isCancelled {
                let batch = try await store.demonstrations(
                    withoutEmbeddingBy: embedder.name, of: scope, limit: Self.batch)
                guard !batch.isEmpty else { return }
                let vectors = await embedder.embeddings(
                    of: batch.map(\.prompt), tenant: scope.tenant, within: Self.patienceSeconds)
                guard let vectors else {
                    guard !Task.isCancelled else { return }
                    return logger.warning(
                        "demonstrations of \(scope.service) wait for their vectors: the embedding model is not there")
                }
                for (demonstration, vector) in zip(batch, vectors) {
                    _ = try await store.setEmbedding(vector, of: demonstration.id, tenant: scope.tenant)
                }
            }
        } catch {
            logger.warning("demonstrations of \(scope.service) get no vectors: \(error)")
        }
    }
}
