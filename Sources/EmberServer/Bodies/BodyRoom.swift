public import EmberConfig
import Synchronization

/// How many bytes of request bodies may be in flight at once.
public struct BodyLimits: Sendable, Equatable {
    /// Of all tenants together, in memory and in files.
    public var total: Int
    public var perTenant: Int
    /// Of what has to stay in memory. Once half of it is taken, bodies of more than `BodyStore.smallest` go to files.
    public var memory = 128 << 20

    public init(total: Int, perTenant: Int) {
        self.total = total
        self.perTenant = perTenant
    }

    /// - Parameter freeBytes: of the cache folder's file system; nil: not known.
    public init(_ configuration: Configuration, freeBytes: Int?) {
        let largest = configuration.bodies.largestBytes
        total = configuration.bodies.inFlight.limitBytes ?? max(min(Self.usualTotal, (freeBytes ?? .max) / 2), largest)
        let share = configuration.access.tenants.count > 1 ? max(total / 2, largest) : total
        perTenant = min(configuration.bodies.inFlight.perTenantBytes ?? share, total)
    }

    private static let usualTotal = 1 << 30
}

/// The bytes of request bodies in flight, in all and by tenant: from their arrival to the end of their requests.
///
/// No actor: an ordinary request takes and gives back its few bytes without a suspension.
final class BodyRoom: Sendable {
    /// Why bytes are refused.
    enum Full: Error, Equatable {
        case tenant(limit: Int)
        case all(limit: Int)
        /// Of what has to stay in memory.
        case memory(limit: Int)
        /// The body exceeds what would be there if it were alone.
        case never(limit: Int)
    }

    /// What is in flight.
    struct Use: Sendable, Equatable {
        var requests = 0
        var bytes = 0
        var inMemory = 0
        /// By the tenant's number.
        var byTenant: [Int] = []
    }

    let limits: BodyLimits
    private let state = Mutex(Use())

    init(_ limits: BodyLimits) { self.limits = limits }

    var use: Use { state.withLock { $0 } }

    /// Whether what can go to a file should.
    var isMemoryShort: Bool { state.withLock { $0.inMemory > limits.memory / 2 } }

    /// Counts one more request, without any bytes yet.
    func lease(for tenant: Int) -> BodyLease {
        state.withLock { use in
            use.requests += 1
            while use.byTenant.count <= tenant { use.byTenant.append(0) }
        }
        return BodyLease(self, tenant: tenant)
    }

    /// - Parameters:
    ///   - counted: false where only the bounds are checked.
    ///   - staysInMemory: they cannot go to a file later.
    fileprivate func take(
        _ bytes: Int, for tenant: Int, counted: Bool, staysInMemory: Bool
    ) throws(Full) {
        let refusal: Full? = state.withLock { use in
            if bytes > min(limits.total, limits.perTenant) { return .never(limit: min(limits.total, limits.perTenant)) }
            if use.byTenant[tenant] + bytes > limits.perTenant { return .tenant(limit: limits.perTenant) }
            if use.bytes + bytes > limits.total { return .all(limit: limits.total) }
            if staysInMemory, use.inMemory + bytes > limits.memory { return .memory(limit: limits.memory) }
            guard counted else { return nil }
            use.bytes += bytes
            use.inMemory += bytes
            use.byTenant[tenant] += bytes
            return nil
        }
        if let refusal { throw refusal }
    }

    fileprivate func moveToFile(_ bytes: Int) { state.withLock { $0.inMemory -= bytes } }

    fileprivate func giveBack(_ bytes: Int, inMemory: Int, of tenant: Int) {
        state.withLock { use in
            use.requests -= 1
            use.bytes -= bytes
            use.inMemory -= inMemory
            use.byTenant[tenant] -= bytes
        }
    }
}

/// What one request's body takes of the room; all of it is given back when the lease is let go of.
final class BodyLease: Sendable {
    private struct Held {
        var bytes = 0
        var inMemory = 0
    }

    private let room: BodyRoom
    private let tenant: Int
    private let held = Mutex(Held())

    fileprivate init(_ room: BodyRoom, tenant: Int) {
        self.room = room
        self.tenant = tenant
    }

    deinit {
        let held = held.withLock { $0 }
        room.giveBack(held.bytes, inMemory: held.inMemory, of: tenant)
    }

    /// Refuses at once what could not come to its end as things are. Takes nothing: what is only announced takes no
    /// room.
    func check(_ bytes: Int) throws(BodyRoom.Full) {
        try room.take(bytes, for: tenant, counted: false, staysInMemory: false)
    }

    /// Counts bytes that have come.
    ///
    /// - Parameter staysInMemory: they cannot go to a file later.
    func take(_ bytes: Int, staysInMemory: Bool = false) throws(BodyRoom.Full) {
        try room.take(bytes, for: tenant, counted: true, staysInMemory: staysInMemory)
        held.withLock { held in
            held.bytes += bytes
            held.inMemory += bytes
        }
    }

    /// Bytes that were in memory lie in a file now.
    func moveToFile(_ bytes: Int) {
        held.withLock { $0.inMemory -= bytes }
        room.moveToFile(bytes)
    }
}
