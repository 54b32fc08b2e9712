/// The totals of memory that decisions are taken on: the only place where they are written.
///
/// Each instance counts by what it takes at rest and room for one request (`Instance.footprint`), so that a resident can always
/// run one. Requests that run beside an instance's first are counted on top while they run.
struct MemoryLedger: Codable, Sendable {
    /// Of instances that are loading, resident or leaving.
    private var held = Bytes.zero
    /// Of requests that run beside the first of their instance.
    private(set) var beside = Bytes.zero
    /// Of what will be in memory once everything under way is done.
    private(set) var committed = Bytes.zero

    var occupied: Bytes { held + beside }

    /// Of a budget, what nothing needs: neither now nor once everything under way is done.
    func free(of budget: Bytes) -> Bytes { budget - max(occupied, committed + beside) }

    mutating func add(_ instance: Instance) {
        if instance.occupies {
            held += instance.footprint
            beside += instance.peaksBesideFirst
        }
        if instance.isCommitted { committed += instance.footprint }
    }

    mutating func remove(_ instance: Instance) {
        if instance.occupies {
            held -= instance.footprint
            beside -= instance.peaksBesideFirst
        }
        if instance.isCommitted { committed -= instance.footprint }
    }
}

// Changes that the ledger must know of.
extension EdgeState {
    /// Memory of everything loading, resident or leaving, with room for one request each and what further ones take.
    public var occupied: Bytes { memory.occupied }
    /// Memory of what will be in memory once everything under way is done, with room for one request each.
    public var committed: Bytes { memory.committed }
    /// Memory that may be taken beside everything under way.
    var free: Bytes { memory.free(of: settings.budget) }

    /// Changes what decides how much memory an instance counts for.
    @inline(__always)
    mutating func recount(_ instance: InstanceID, _ change: (inout Instance) -> Void) {
        memory.remove(instances[instance.index])
        change(&instances[instance.index])
        memory.add(instances[instance.index])
    }

    /// Changes an instance's phase.
    mutating func enter(_ phase: Phase, _ instance: InstanceID) {
        recount(instance) { $0.phase = phase }
        if phase == .absent { inMemory.remove(instance) } else { inMemory.insert(instance) }
    }

    /// Whether a further request's memory is free, or has been set aside with the instance.
    @inline(__always)
    func hasMemoryForRequest(on instance: Instance) -> Bool {
        instance.peak == .zero || instance.inFlight == 0 || instance.peak <= free
    }

    @inline(__always)
    mutating func requestBegan(on instance: InstanceID) {
        let instant = now
        guard self[instance].peak > .zero else { return self[instance].requestBegan(at: instant) }
        recount(instance) { $0.requestBegan(at: instant) }
    }

    @inline(__always)
    mutating func requestEnded(on instance: InstanceID) {
        let instant = now
        guard self[instance].peak > .zero else { return self[instance].requestEnded(at: instant) }
        recount(instance) { $0.requestEnded(at: instant) }
    }

    /// The budget less what other pinned instances take that are not absent. O(pinned instances).
    public func room(for instance: InstanceID) -> Bytes {
        var room = settings.budget
        for other in catalogue.pinned where other != instance && self[other].phase != .absent {
            room -= self[other].footprint
        }
        return room
    }

    /// Whether the instance fits beside what can never be evicted: as it was estimated, or as it was seen at rest. What was
    /// learnt may let it in, but does not keep it out. O(pinned instances).
    public func canEverFit(_ instance: InstanceID) -> Bool {
        min(catalogue[self[instance].model].residentBytes, self[instance].resting) <= room(for: instance)
    }

    /// What may be set aside for one request of an instance that takes so much at rest: what is known of requests makes no
    /// model unfit. Of a pinned one no more than leaves room for the largest other model that fits beside the pinned.
    private func roomForPeak(of instance: InstanceID, resting: Bytes) -> Bytes {
        var room = room(for: instance) - resting
        if catalogue[catalogue.model(of: instance)].isPinned {
            let pinned = catalogue.pinned.reduce(Bytes.zero) { $0 + catalogue[catalogue.model(of: $1)].residentBytes }
            let others = catalogue.models.lazy.filter {
                !$0.isPinned && $0.placement == .edge && $0.base == nil && $0.residentBytes + pinned <= settings.budget
            }
            room -= others.map(\.residentBytes).max() ?? .zero
        }
        return max(.zero, room)
    }

    /// Takes in what an instance takes. What it takes in memory is as measured; what it is only expected to take is cut down
    /// to what it can have, so that it is tried alone.
    mutating func takeFootprint(of instance: InstanceID, resting: Bytes, peak: Bytes) {
        let isMeasured = self[instance].occupies
        let resting = isMeasured ? resting : min(resting, max(.zero, room(for: instance)))
        let peak = min(peak, roomForPeak(of: instance, resting: resting))
        recount(instance) {
            $0.resting = resting
            $0.peak = peak
        }
    }

    /// The figures of an absent instance that is about to be weighed, which others may have been pinned beside since.
    mutating func fitToRoom(_ newcomer: InstanceID) {
        guard self[newcomer].peak > .zero || self[newcomer].footprint > room(for: newcomer) else { return }
        takeFootprint(of: newcomer, resting: self[newcomer].resting, peak: self[newcomer].peak)
    }
}
