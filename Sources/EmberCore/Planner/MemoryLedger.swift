/// What every instance takes of the budget, now and once everything under way is done. It owns the instances: only its
/// mutators change a phase, a footprint or a total, so the totals cannot differ from what they are the sums of.
struct MemoryLedger: Codable, Sendable {
    /// All of it: `EdgeState.settings` has it, and each device's.
    var budget: Bytes
    private(set) var instances: [Instance]
    /// Instances that are not absent.
    private(set) var inMemory: InstanceSet
    /// Instances whose load waits for memory to be freed, in the order of their admission.
    private(set) var reserved: [InstanceID] = []
    private(set) var totals = MemoryTotals()
    /// What they take of each device; nil where there is only one.
    private(set) var devices: DeviceLedger?
    var changed = ChangedInstances()

    /// - Parameter budgets: by device.
    init(_ catalogue: Catalogue, budgets: [Bytes]) {
        budget = budgets.reduce(.zero) { $0 + $1 }
        devices = DeviceLedger(catalogue, budgets: budgets)
        instances = Self.absent(catalogue)
        inMemory = InstanceSet(instances: catalogue.instanceCount)
    }

    private static func absent(_ catalogue: Catalogue) -> [Instance] {
        (0..<catalogue.instanceCount).map { index in
            let model = catalogue.model(of: InstanceID(index))
            return Instance(model: model, catalogue[model])
        }
    }

    // Lent, not copied.
    subscript(instance: InstanceID) -> Instance {
        @inline(__always) _read { yield instances[instance.index] }
    }

    /// How its engine fares; no memory depends on that.
    subscript(health instance: InstanceID) -> EngineHealth {
        @inline(__always) _read { yield instances[instance.index].health }
        @inline(__always) _modify { yield &instances[instance.index].health }
    }

    var occupied: Bytes { totals.occupied }
    var committed: Bytes { totals.committed }
    var isOvercommitted: Bool { devices?.isOvercommitted ?? (totals.committed > budget) }

    /// Whether further bytes of an instance are within the budget.
    ///
    /// - Parameter taken: what counts as taken.
    @inline(__always)
    private func fits(_ bytes: Bytes, of instance: InstanceID, beside taken: (MemoryTotals) -> Bytes) -> Bool {
        devices?.fits(bytes, of: instance, beside: taken) ?? (taken(totals) + bytes <= budget)
    }
}

// From absent to absent.
extension MemoryLedger {
    /// Admits a newcomer: its memory is committed from now on. A resident that was draining is in service again; one
    /// that leaves comes back once it has left.
    ///
    /// - Parameter layout: of one that is absent, where there are several devices.
    mutating func reserve(_ newcomer: InstanceID, in layout: Int? = nil) {
        switch self[newcomer].phase {
        case .resident: reinstate(newcomer)
        case .leaving:
            recount(newcomer) { $0.isReturning = true }
            reserved.append(newcomer)
        case .absent, .reserved, .loading:
            devices?.set(layout, of: newcomer)
            enter(.reserved, newcomer)
            reserved.append(newcomer)
        }
    }

    /// Undoes a reservation. Residents that drain for it are in service again, if they fit the budget.
    mutating func withdraw(_ instance: InstanceID) {
        if self[instance].phase == .reserved { enter(.absent, instance) }
        recount(instance) { $0.isReturning = false }
        instances[instance.index].isWanted = false
        reserved.removeAll { $0 == instance }
        for victim in inMemory where self[victim].drainingFor == instance {
            if fits(self[victim].footprint, of: victim, beside: \.committed) { reinstate(victim) }
        }
    }

    /// Withdraws reservations, the youngest first, until what is committed fits the budget or none is left. Of several
    /// devices, those that take something of one of which too much is committed.
    mutating func withdrawExcess() {
        while isOvercommitted,
            let youngest = reserved.last(where: { devices?.isPartOfExcess($0) ?? true })
        {
            withdraw(youngest)
        }
    }

    /// Begins the next load whose memory is free, in the order of admission.
    ///
    /// - Returns: the instance; nil when none can begin.
    mutating func beginLoad(at now: Time) -> InstanceID? {
        let place = reserved.firstIndex {
            self[$0].phase == .reserved && fits(self[$0].footprint, of: $0, beside: \.occupied)
        }
        guard let place else { return nil }
        let instance = reserved.remove(at: place)
        enter(.loading, instance)
        instances[instance.index].loadBegan = now
        return instance
    }

    /// A load has ended well.
    ///
    /// - Returns: false when the instance does not load.
    mutating func land(_ instance: InstanceID, at now: Time) -> Bool {
        guard self[instance].phase == .loading else { return false }
        enter(.resident, instance)
        instances[instance.index].isWanted = false
        instances[instance.index].loadedAt = now
        instances[instance.index].use.lifeBegan(at: now)
        return true
    }

    /// The engine of a loading instance or a resident has gone by itself, and its memory is free.
    mutating func lose(_ instance: InstanceID) {
        recount(instance) {
            $0.phase = .absent
            $0.drain = nil
            $0.use.lifeEnded()
        }
        inMemory.remove(instance)
        devices?.set(nil, of: instance)
        instances[instance.index].isWanted = false
        instances[instance.index].life += 1
    }

    /// Takes a resident out of service, for the newcomer that gets its memory.
    ///
    /// - Returns: whether it runs nothing, so that it can leave at once.
    mutating func drain(_ victim: InstanceID, for newcomer: InstanceID, _ reason: UnloadReason) -> Bool {
        recount(victim) { $0.drain = Instance.Drain(newcomer: newcomer, reason: reason) }
        return self[victim].phase == .resident && self[victim].inFlight == 0
    }

    /// The engine of a loading instance or a resident is to be stopped.
    mutating func leave(_ instance: InstanceID) {
        enter(.leaving, instance)
        instances[instance.index].drain = nil
        instances[instance.index].life += 1
    }

    /// The engine of a leaving instance is gone.
    ///
    /// - Returns: false when the instance does not leave.
    mutating func freeMemory(of instance: InstanceID) -> Bool {
        guard self[instance].phase == .leaving else { return false }
        enter(self[instance].isReturning ? .reserved : .absent, instance)
        recount(instance) { $0.isReturning = false }
        return true
    }

    /// Whether the load that is pending was asked for by the operator.
    mutating func setWanted(_ isWanted: Bool, _ instance: InstanceID) {
        instances[instance.index].isWanted = isWanted
    }

    private mutating func reinstate(_ resident: InstanceID) { recount(resident) { $0.drain = nil } }

    private mutating func enter(_ phase: Phase, _ instance: InstanceID) {
        recount(instance) { $0.phase = phase }
        if phase == .absent {
            inMemory.remove(instance)
            devices?.set(nil, of: instance)
        } else {
            inMemory.insert(instance)
        }
    }

    /// Makes a change that decides how much memory an instance counts for, or whether it can be a victim.
    @inline(__always)
    private mutating func recount(_ instance: InstanceID, _ change: (inout Instance) -> Void) {
        let wasInService = instances[instance.index].isInService
        discount(instance)
        change(&instances[instance.index])
        count(instance)
        if wasInService || instances[instance.index].isInService { changed.insert(instance) }
    }

    @inline(__always)
    private mutating func count(_ instance: InstanceID) {
        totals.add(instances[instance.index])
        devices?.add(instances[instance.index], instance)
    }

    @inline(__always)
    private mutating func discount(_ instance: InstanceID) {
        totals.remove(instances[instance.index])
        devices?.remove(instances[instance.index], instance)
    }
}

// Requests.
extension MemoryLedger {
    /// Whether a further request's memory is free, or has been reserved with the instance.
    @inline(__always)
    func hasMemoryForRequest(on instance: InstanceID) -> Bool {
        self[instance].peak == .zero || self[instance].inFlight == 0
            || fits(self[instance].peak, of: instance, beside: \.needed)
    }

    @inline(__always)
    mutating func requestBegan(on instance: InstanceID, isSuspect: Bool, at now: Time) {
        let countsPeaks = self[instance].peak > .zero
        if countsPeaks { discount(instance) }
        instances[instance.index].use.requestBegan(isSuspect: isSuspect, at: now)
        if countsPeaks { count(instance) }
    }

    /// - Returns: whether it was draining and runs nothing any more, so that it can leave.
    @inline(__always)
    mutating func requestEnded(on instance: InstanceID, at now: Time) -> Bool {
        let countsPeaks = self[instance].peak > .zero
        if countsPeaks { discount(instance) }
        instances[instance.index].use.requestEnded(at: now)
        if countsPeaks { count(instance) }
        guard self[instance].inFlight == 0 else { return false }
        changed.insert(instance)
        return self[instance].isDraining
    }
}

// Footprints.
extension MemoryLedger {
    /// The budget less what other pinned instances take that are not absent; of several devices, what it can have in
    /// the layout that it has, or else in any. O(pinned instances).
    func room(for instance: InstanceID, _ catalogue: Catalogue) -> Bytes {
        if let devices { return devices.room(for: instance, instances, catalogue) }
        var room = budget
        for other in catalogue.pinned where other != instance && self[other].phase != .absent {
            room -= self[other].footprint
        }
        return room
    }

    /// Whether the instance fits beside what can never be evicted: as it was estimated, or as it was seen at rest. What
    /// was learnt may let it in, but does not keep it out. O(pinned instances).
    func canEverFit(_ instance: InstanceID, _ catalogue: Catalogue) -> Bool {
        min(catalogue[self[instance].model].residentBytes, self[instance].resting) <= room(for: instance, catalogue)
    }

    /// Corrects what an instance takes. What it takes in memory is as measured. What it is only expected to take is cut
    /// down to what it can have, so that it is tried alone.
    mutating func correct(_ instance: InstanceID, resting: Bytes, peak: Bytes, _ catalogue: Catalogue) {
        let isMeasured = self[instance].occupies
        let resting = isMeasured ? resting : min(resting, max(.zero, room(for: instance, catalogue)))
        set(instance, resting: resting, peak: min(peak, roomForPeak(of: instance, resting: resting, catalogue)))
    }

    /// What its lives took before counts no longer: it is expected to take what its file says.
    mutating func forgetFootprint(of instance: InstanceID, at now: Time, _ catalogue: Catalogue) {
        let estimate = catalogue[self[instance].model].residentBytes
        correct(instance, resting: self[instance].occupies ? self[instance].resting : estimate, peak: .zero, catalogue)
        instances[instance.index].health.forgetOverruns(at: now)
    }

    /// Sets what an instance is expected to take, uncut: what cannot fit is then refused, not tried.
    mutating func set(_ instance: InstanceID, resting: Bytes, peak: Bytes) {
        recount(instance) {
            $0.resting = resting
            $0.peak = peak
        }
        changed.insert(revalued: instance)
    }

    /// Corrects the footprint of an absent instance that is about to be weighed: others may have been pinned since.
    mutating func fitToRoom(_ newcomer: InstanceID, _ catalogue: Catalogue) {
        guard self[newcomer].peak > .zero || self[newcomer].footprint > room(for: newcomer, catalogue) else { return }
        correct(newcomer, resting: self[newcomer].resting, peak: self[newcomer].peak, catalogue)
    }

    /// What may be reserved for one request of an instance, by what it takes at rest: what is known of requests makes
    /// no model unfit. For a pinned one no more than leaves room for the largest other model that fits beside the
    /// pinned.
    private func roomForPeak(of instance: InstanceID, resting: Bytes, _ catalogue: Catalogue) -> Bytes {
        var room = room(for: instance, catalogue) - resting
        if catalogue[catalogue.model(of: instance)].isPinned {
            room -= largestOther(than: instance, catalogue)
        }
        return max(.zero, room)
    }

    private func largestOther(than instance: InstanceID, _ catalogue: Catalogue) -> Bytes {
        if let devices { return devices.largestOther(than: instance, catalogue) }
        let pinned = catalogue.pinned.reduce(Bytes.zero) { $0 + catalogue[catalogue.model(of: $1)].residentBytes }
        let others = catalogue.models.lazy.filter {
            !$0.isPinned && $0.placement == .edge && $0.base == nil && $0.residentBytes + pinned <= budget
        }
        return others.map(\.residentBytes).max() ?? .zero
    }
}

// The catalogue changes.
extension MemoryLedger {
    /// Whether what is in memory, or is promised memory, stays.
    func allStay(_ map: CatalogueMap) -> Bool { inMemory.allSatisfy { map[$0] != nil } }

    mutating func move(_ map: CatalogueMap) {
        let former = instances
        instances = Self.absent(map.new)
        for (index, instance) in former.enumerated() {
            if let id = map[InstanceID(index)] { instances[id.index] = instance.moved(map, to: id) }
        }
        devices = devices?.moved(map)
        reserved = reserved.compactMap { map[$0] }
        inMemory = InstanceSet(instances: instances.count)
        totals = MemoryTotals()
        for (index, instance) in instances.enumerated() {
            count(InstanceID(index))
            if instance.phase != .absent { inMemory.insert(InstanceID(index)) }
        }
    }
}

extension MemoryLedger {
    /// Contradictions between its totals and its instances, which are added up again here.
    func brokenPromises() -> [String] {
        var (broken, sums) = ([String](), MemoryTotals())
        for (index, instance) in instances.enumerated() {
            sums.add(instance)
            if inMemory.contains(InstanceID(index)) != (instance.phase != .absent) {
                broken.append("instance \(index): in memory or not")
            }
            if reserved.contains(InstanceID(index)) != (instance.phase == .reserved || instance.isReturning) {
                broken.append("instance \(index): reserved or not")
            }
        }
        if totals != sums { broken.append("the totals are \(totals), the instances add up to \(sums)") }
        return broken + (devices?.brokenPromises(instances) ?? [])
    }
}
