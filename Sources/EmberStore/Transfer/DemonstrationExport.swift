/// The demonstrations of a tenant as lines of JSON, each with its end, the oldest of each service first.
///
/// They are read from the store page by page while they are taken: memory is bounded, and what is added or removed
/// meanwhile may or may not be among them.
public struct DemonstrationExport: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = StoreError

    let store: ContextStore
    let tenant: String
    let services: [String]

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(store: store, tenant: tenant, services: services[...])
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private static let pageLength = 100

        let store: ContextStore
        let tenant: String
        /// The first one is being read.
        var services: ArraySlice<String>
        private var page: ArraySlice<Demonstration> = []
        private var nextID = 0

        init(store: ContextStore, tenant: String, services: ArraySlice<String>) {
            self.store = store
            self.tenant = tenant
            self.services = services
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(StoreError) -> [UInt8]? {
            while page.isEmpty {
                guard let service = services.first else { return nil }
                let scope = DemonstrationScope(tenant: tenant, service: service)
                page = try await store.demonstrations(of: scope, ids: nextID...Int.max, limit: Self.pageLength)[...]
                if let last = page.last {
                    nextID = last.id + 1
                } else {
                    services.removeFirst()
                    nextID = 0
                }
            }
            return try DemonstrationLine(content: page.removeFirst().content).bytes
        }
    }
}
