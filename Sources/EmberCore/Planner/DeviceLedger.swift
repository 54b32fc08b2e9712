/// Where instances are, and what they take of each device, if there are several. A part of the `MemoryLedger`, which
/// owns the instances and brings it up to date with each change.
public struct DeviceLedger: Codable, Sendable {
    /// The layouts of one model.
    private struct Layouts: Codable, Sendable {
        /// Those that it may have; behind these, what instances still have from before the catalogue changed.
        var all: [DeviceLayout]
        let offered: Int
        /// A bit for each device of those that it may have.
        let devices: UInt64

        init(_ model: ModelSpec, _ budgets: [Bytes]) {
            all = DeviceLayout.all(of: model, budgets)
            offered = all.count
            devices = all.reduce(0) { $1.parts.reduce($0) { $0 | 1 << UInt64($1.device) } }
        }
    }

    let budgets: [Bytes]
    /// By device.
    private(set) var totals: [MemoryTotals]
    /// By model.
    private var layouts: [Layouts]
    /// By instance, which of its model's layouts it has since it was reserved; nil: it is absent.
    private var places: [Int?]

    /// Nil where there is only one device.
    init?(_ catalogue: Catalogue, budgets: [Bytes]) {
        guard budgets.count > 1 else { return nil }
        self.budgets = budgets
        totals = budgets.map { _ in MemoryTotals() }
        layouts = catalogue.models.map { Layouts($0, budgets) }
        places = Array(repeating: nil, count: catalogue.instanceCount)
    }

    /// An absent instance, which counts for nothing, has been admitted; nil: it is absent again.
    mutating func set(_ layout: Int?, of id: InstanceID) { places[id.index] = layout }

    mutating func add(_ instance: Instance, _ id: InstanceID) {
        guard let layout = layout(of: id) else { return }
        for part in layout.parts { totals[part.device].add(instance) { layout.share(of: $0, part) } }
    }

    mutating func remove(_ instance: Instance, _ id: InstanceID) {
        guard let layout = layout(of: id) else { return }
        for part in layout.parts { totals[part.device].remove(instance) { layout.share(of: $0, part) } }
    }

    /// The same for another catalogue: what is in memory stays where it is. It counts nothing yet.
    func moved(_ map: CatalogueMap) -> DeviceLedger? {
        guard var moved = DeviceLedger(map.new, budgets: budgets) else { return nil }
        for index in places.indices {
            guard let id = map[InstanceID(index)], let layout = layout(of: InstanceID(index)) else { continue }
            moved.places[id.index] = moved.place(of: layout, map.new.model(of: id))
        }
        return moved
    }

    private mutating func place(of layout: DeviceLayout, _ model: ModelID) -> Int {
        if let place = layouts[model.index].all.firstIndex(of: layout) { return place }
        layouts[model.index].all.append(layout)
        return layouts[model.index].all.count - 1
    }
}

// Layouts.
extension DeviceLedger {
    /// Where an instance is, or will be once its load begins; nil: it is absent.
    public func layout(of id: InstanceID) -> DeviceLayout? {
        places[id.index].map { layouts[id.index % layouts.count].all[$0] }
    }

    func layout(_ place: Int, of model: ModelID) -> DeviceLayout { layouts[model.index].all[place] }

    /// Whether both may be on one device: instances, or models.
    func mayMeet(_ one: Int, _ other: Int) -> Bool {
        layouts[one % layouts.count].devices & layouts[other % layouts.count].devices != 0
    }

    /// The layouts by which an instance is weighed: the one that it has; else those of a single device that has room
    /// for it, or, where there is none, those of several.
    func candidates(for id: InstanceID, _ instances: [Instance], _ catalogue: Catalogue) -> [Int] {
        if let place = places[id.index] { return [place] }
        let own = layouts[id.index % layouts.count]
        let (room, footprint) = (room(beside: id, instances, catalogue), instances[id.index].footprint)
        let all = 0..<own.offered
        let whole = all.filter { !own.all[$0].isSplit && footprint <= own.all[$0].largest(within: room) }
        return whole.isEmpty ? all.filter { own.all[$0].isSplit } : whole
    }

    /// The most that the instance can have, in the layout that it has, or else in any.
    func room(for id: InstanceID, _ instances: [Instance], _ catalogue: Catalogue) -> Bytes {
        let room = room(beside: id, instances, catalogue)
        if let layout = layout(of: id) { return layout.largest(within: room) }
        let own = layouts[id.index % layouts.count]
        return own.all.prefix(own.offered).map { $0.largest(within: room) }.max() ?? .zero
    }

    /// The most that the instance could have now, without an eviction.
    public func free(for id: InstanceID, in edge: EdgeState) -> Bytes {
        let free = zip(budgets, totals).map { $0 - $1.committed }
        let places = candidates(for: id, edge.instances, edge.catalogue)
        return places.map { layout($0, of: edge[id].model).largest(within: free) }.max() ?? .zero
    }

    /// By device, the budget less what other pinned instances take that are not absent.
    private func room(beside id: InstanceID, _ instances: [Instance], _ catalogue: Catalogue) -> [Bytes] {
        var room = budgets
        for other in catalogue.pinned where other != id {
            guard let layout = layout(of: other) else { continue }
            for part in layout.parts { room[part.device] -= layout.share(of: instances[other.index].footprint, part) }
        }
        return room
    }

    /// The estimate of the largest model that a pinned one must leave room for: one that may be on a device of its, and
    /// that fits the devices where it may be beside the estimates of all pinned ones that may be there.
    func largestOther(than pinned: InstanceID, _ catalogue: Catalogue) -> Bytes {
        var largest = Bytes.zero
        for (index, model) in catalogue.models.enumerated() where mayMeet(index, pinned.index) {
            guard !model.isPinned, model.placement == .edge, model.base == nil else { continue }
            let devices = layouts[index].devices
            var room = Bytes.zero
            for (device, budget) in budgets.enumerated() where devices & 1 << UInt64(device) != 0 { room += budget }
            for other in catalogue.pinned where mayMeet(index, other.index) {
                room -= catalogue[catalogue.model(of: other)].residentBytes
            }
            if model.residentBytes <= room { largest = max(largest, model.residentBytes) }
        }
        return largest
    }
}

// What fits.
extension DeviceLedger {
    var isOvercommitted: Bool { zip(totals, budgets).contains { $0.committed > $1 } }

    /// What is committed beyond the budgets.
    var excess: DeviceShortage { DeviceShortage(zip(totals, budgets).map { $0.committed - $1 }) }

    /// Whether the instance has something of a device of which too much is committed.
    func isPartOfExcess(_ id: InstanceID) -> Bool {
        layout(of: id).map { excess.isEased(by: $0) } ?? false
    }

    /// What must be freed for the footprint to be committed in that layout.
    func shortage(of footprint: Bytes, in layout: DeviceLayout) -> DeviceShortage {
        var missing = budgets.map { _ in Bytes.zero }
        for part in layout.parts {
            missing[part.device] =
                layout.share(of: footprint, part) - (budgets[part.device] - totals[part.device].committed)
        }
        return DeviceShortage(missing)
    }

    /// Whether further bytes of an instance, in its layout, are within the budgets.
    ///
    /// - Parameter taken: what counts as taken of a device.
    func fits(_ bytes: Bytes, of id: InstanceID, beside taken: (MemoryTotals) -> Bytes) -> Bool {
        guard let layout = layout(of: id) else { return false }
        return layout.parts.allSatisfy {
            taken(totals[$0.device]) + layout.share(of: bytes, $0) <= budgets[$0.device]
        }
    }
}

extension DeviceLedger {
    /// Contradictions between it and the instances, which are added up again here.
    func brokenPromises(_ instances: [Instance]) -> [String] {
        var (broken, sums) = ([String](), budgets.map { _ in MemoryTotals() })
        for (index, instance) in instances.enumerated() {
            let layout = layout(of: InstanceID(index))
            if (layout == nil) != (instance.phase == .absent) { broken.append("instance \(index): layout or not") }
            for part in layout?.parts ?? [] {
                sums[part.device].add(instance) { layout?.share(of: $0, part) ?? .zero }
            }
        }
        if totals != sums { broken.append("the devices' totals are \(totals), the instances add up to \(sums)") }
        return broken
    }
}
