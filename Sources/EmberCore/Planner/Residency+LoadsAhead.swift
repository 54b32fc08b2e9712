// Loads ahead of requests, where the policy expects them to pay (rule 40).
extension Residency {
    /// A request has come: the delay begins after which a load ahead of requests is considered.
    @inline(__always)
    mutating func planLook(_ edge: EdgeState) {
        guard nextLook == nil, edge.settings.time.loadsAhead, let pause = edge.settings.prefetchSeconds else {
            return
        }
        nextLook = edge.now + pause
    }

    /// Weighs the load that promises the most, if it may pay; at most one, and only while no request waits and no
    /// instance loads.
    ///
    /// - Returns: nil when no load is considered now.
    mutating func weighAhead(_ edge: inout EdgeState) -> Admission? {
        guard let look = nextLook, look <= edge.now else { return nil }
        nextLook = nil
        guard edge.waiting == 0, edge.memory.reserved.isEmpty,
            !edge.memory.inMemory.contains(where: { edge[$0].phase == .loading })
        else {
            planLook(edge)
            return nil
        }
        guard let newcomer = mostPromising(edge) else { return nil }
        let admission = weigh(newcomer, .ahead, mayDrain: false, &edge)
        // A newly loaded resident may make room a little later.
        if admission.outcome == .noRoom,
            edge.memory.inMemory.contains(where: { edge.standing(of: $0) == .protected })
        {
            planLook(edge)
        }
        return admission
    }

    /// The absent instance whose load promises to save the most; ties: the lowest id. O(instances).
    private mutating func mostPromising(_ edge: EdgeState) -> InstanceID? {
        var best: (prospect: Double, instance: InstanceID)?
        for index in edge.instances.indices {
            let instance = InstanceID(index)
            guard edge[instance].phase == .absent, edge[instance].health.mayBegin(edge.now),
                edge.catalogue[edge[instance].model].placement == .edge,
                edge.catalogue[edge[instance].model].base == nil,
                !edge.catalogue[edge[instance].model].isRetired, edge.canEverFit(instance),
                let prospect = policy.prospect(of: instance, replacing: [], in: edge), prospect > best?.prospect ?? 0
            else { continue }
            best = (prospect, instance)
        }
        return best?.instance
    }
}
