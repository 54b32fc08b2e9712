public import EmberConfig

/// The keys that clients may use now.
public final class AccessKeys: Sendable {
    private let keys: RarelyChanged<[AccessKey]>

    public init(_ keys: [AccessKey]) { self.keys = RarelyChanged(keys) }

    public convenience init(_ access: AccessConfiguration) {
        self.init(AccessKeys.keys(of: access, numbers: Self.numbers(of: access.tenants, after: [:])))
    }

    var all: [AccessKey] { keys.value }

    /// Lets in these keys from now on, and no others. A tenant that stays keeps its number, on which requests in flight
    /// count.
    func take(_ access: AccessConfiguration) {
        keys.change { former in
            let known = Dictionary(former.map { ($0.tenant, $0.tenantNumber) }) { first, _ in first }
            return Self.keys(of: access, numbers: Self.numbers(of: access.tenants, after: known))
        }
    }

    private static func keys(of access: AccessConfiguration, numbers: [String: Int]) -> [AccessKey] {
        access.keys.map {
            AccessKey(
                name: $0.name, key: $0.key.revealed, service: $0.service, tenant: $0.tenant,
                tenantNumber: numbers[$0.tenant] ?? 0, keep: $0.keep ?? .unlimited)
        }
    }

    /// New tenants get the lowest numbers that no tenant has.
    private static func numbers(of tenants: [String], after known: [String: Int]) -> [String: Int] {
        var numbers = known.filter { tenants.contains($0.key) }
        var next = 0
        for tenant in tenants where numbers[tenant] == nil {
            while numbers.values.contains(next) { next += 1 }
            numbers[tenant] = next
        }
        return numbers
    }
}
