/// The sums of memory over instances.
///
/// Each instance counts by what it takes at rest and room for one request (`Instance.footprint`), so that a resident
/// can always run one. Requests that run beside an instance's first are counted on top while they run.
struct MemoryTotals: Codable, Hashable, Sendable {
    /// Of instances that are loading, resident or leaving.
    private var held = Bytes.zero
    /// Of requests that run beside the first of their instance.
    private(set) var beside = Bytes.zero
    /// Of what will be in memory once everything under way is done.
    private(set) var committed = Bytes.zero

    var occupied: Bytes { held + beside }

    /// What is needed now or once everything under way is done, whichever is more.
    var needed: Bytes { max(occupied, committed + beside) }

    @inline(__always)
    mutating func add(_ instance: Instance) { add(instance) { $0 } }

    @inline(__always)
    mutating func remove(_ instance: Instance) { remove(instance) { $0 } }

    /// - Parameter share: what counts here of an amount.
    // Inlined: an instance is not copied for it.
    @inline(__always)
    mutating func add(_ instance: Instance, _ share: (Bytes) -> Bytes) {
        if instance.occupies {
            held += share(instance.footprint)
            beside += share(instance.peaksBesideFirst)
        }
        if instance.isCommitted { committed += share(instance.footprint) }
    }

    @inline(__always)
    mutating func remove(_ instance: Instance, _ share: (Bytes) -> Bytes) {
        if instance.occupies {
            held -= share(instance.footprint)
            beside -= share(instance.peaksBesideFirst)
        }
        if instance.isCommitted { committed -= share(instance.footprint) }
    }
}
