/// The bodies of requests in flight.
public struct BodiesView: Codable, Sendable {
    /// Whose bodies have come, or are coming.
    public var requests: Int
    public var bytes: Int
    /// Of these, what lies in files of the cache folder.
    public var inFilesBytes: Int
    public var limitBytes: Int
    public var perTenantBytes: Int
    /// Those with the most bytes first; empty where there are no keys.
    public var tenants: [Tenant]

    public struct Tenant: Codable, Sendable {
        public var name: String
        public var bytes: Int
    }

    private static let mostTenants = 16

    /// - Parameter tenants: their names, by number.
    init(_ use: BodyRoom.Use, _ limits: BodyLimits, tenants: [String]) {
        requests = use.requests
        bytes = use.bytes
        inFilesBytes = use.bytes - use.inMemory
        (limitBytes, perTenantBytes) = (limits.total, limits.perTenant)
        let all = zip(tenants, use.byTenant).map { Tenant(name: $0, bytes: $1) }
            .filter { $0.bytes > 0 && !$0.name.isEmpty }
        self.tenants = Array(all.sorted { $0.bytes > $1.bytes }.prefix(Self.mostTenants))
    }
}
