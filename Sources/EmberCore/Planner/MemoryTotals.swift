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

    /// Of a budget, what is needed neither now nor once everything under way is done.
    func free(of budget: Bytes) -> Bytes { budget - max(occupied, committed + beside) }

    // Inlined: an instance is not copied for it.
    @inline(__always)
    mutating func add(_ instance: Instance) {
        if instance.occupies {
            held += instance.footprint
            beside += instance.peaksBesideFirst
        }
        if instance.isCommitted { committed += instance.footprint }
    }

    @inline(__always)
    mutating func remove(_ instance: Instance) {
        if instance.occupies {
            held -= instance.footprint
            beside -= instance.peaksBesideFirst
        }
        if instance.isCommitted { committed -= instance.footprint }
    }
}
