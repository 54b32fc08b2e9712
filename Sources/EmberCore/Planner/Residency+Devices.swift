// Where there are several devices: a newcomer's layout is chosen together with its victims (rule 17).
extension Residency {
    /// One of the layouts that a newcomer may get.
    private struct Option {
        let layout: Int
        let shortage: DeviceShortage
    }

    /// Finds the layout that fits with the least to spare, or else the one whose victims are worth least.
    ///
    /// - Returns: false when no layout can be made free.
    mutating func chooseLayout(of admission: inout Admission, mayDrain: Bool, _ edge: inout EdgeState) -> Bool {
        guard let newcomer = admission.newcomer, let devices = edge.memory.devices else { return false }
        let (footprint, model) = (edge[newcomer].footprint, edge[newcomer].model)
        let options = devices.candidates(for: newcomer, edge.instances, edge.catalogue).map { layout in
            Option(layout: layout, shortage: devices.shortage(of: footprint, in: devices.layout(layout, of: model)))
        }
        admission.missing = options.map(\.shortage.total).min() ?? footprint
        if let tightest = options.filter(\.shortage.isMet).min(by: { $0.shortage.spare < $1.shortage.spare }) {
            admission.layout = tightest.layout
            return true
        }
        let candidates = scored(&edge) { $0 == .evictable || (mayDrain && $0 == .inUse) }
        admission.candidates = candidates
        let sorted = candidates.sorted()
        var least = Double.infinity
        for option in options {
            guard let victims = victims(of: option.shortage, sorted, &admission, edge) else { continue }
            let worth = worth(of: victims, edge)
            guard admission.layout == nil || worth < least else { continue }
            least = worth
            admission.layout = option.layout
            admission.victims = victims.map(\.instance)
        }
        return admission.layout != nil
    }

    /// Of the residents in order: the lowest scores that make up for the shortage, as far as the policy needs them, or
    /// a single one that is worth less than these together.
    private mutating func victims(
        of shortage: DeviceShortage, _ sorted: [ScoredResident], _ admission: inout Admission, _ edge: EdgeState
    ) -> [ScoredResident]? {
        let lowest = lowest(of: sorted, easing: shortage, edge)
        guard isMet(shortage, by: lowest, edge) else { return nil }
        guard lowest.allSatisfy({ $0.score < admission.claim }) else {
            admission.isOutbid = true
            return nil
        }
        var victims = lowest
        if lowest.count > 1 {
            let needed = policy.needed(of: lowest.map(\.instance), freeing: shortage.total, in: edge)
            let spared = lowest.filter { needed.contains($0.instance) }
            // The policy counts all that a resident has, wherever that is.
            if isMet(shortage, by: spared, edge) { victims = spared }
        }
        guard policy.scoresPerByte else { return victims }
        var single = SingleVictim(freeing: .zero, below: admission.claim)
        single.worth = worth(of: victims, edge)
        for resident in sorted where resident.score < admission.claim && !victims.contains(resident) {
            if isMet(shortage, by: [resident], edge) { single.consider(resident, edge[resident.instance].footprint) }
        }
        return single.instance.flatMap { one in sorted.first { $0.instance == one } }.map { [$0] } ?? victims
    }

    /// Residents, the lowest scores first, that have something of a device that still lacks memory, until none does.
    func lowest(
        of sorted: [ScoredResident], easing shortage: DeviceShortage, _ edge: EdgeState
    ) -> [ScoredResident] {
        var (left, lowest) = (shortage, [ScoredResident]())
        for resident in sorted where !left.isMet {
            guard let layout = edge.memory.devices?.layout(of: resident.instance), left.isEased(by: layout) else {
                continue
            }
            lowest.append(resident)
            left.free(edge[resident.instance].footprint, of: layout)
        }
        return lowest
    }

    private func isMet(_ shortage: DeviceShortage, by residents: [ScoredResident], _ edge: EdgeState) -> Bool {
        var left = shortage
        for resident in residents {
            guard let layout = edge.memory.devices?.layout(of: resident.instance) else { continue }
            left.free(edge[resident.instance].footprint, of: layout)
        }
        return left.isMet
    }

    /// What residents are worth together.
    private func worth(of residents: [ScoredResident], _ edge: EdgeState) -> Double {
        residents.reduce(0) { sum, resident in
            let bytes = policy.scoresPerByte ? Double(edge[resident.instance].footprint.count) : 1
            return sum + resident.score * bytes
        }
    }
}
