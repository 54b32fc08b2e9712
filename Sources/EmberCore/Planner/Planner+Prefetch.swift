// Loads ahead of requests, where the policy expects them to pay (rule 40).
extension Planner {
    /// A request has come: the delay begins after which a load ahead of requests is considered.
    mutating func planLook() {
        guard nextLook == nil, edge.settings.time.loadsAhead, let pause = edge.settings.prefetchSeconds else {
            return
        }
        nextLook = edge.now + pause
    }

    /// Begins the load that promises the most, if it pays; at most one, and only while no request waits and no instance
    /// loads.
    mutating func lookAhead() {
        guard let look = nextLook, look <= edge.now else { return }
        nextLook = nil
        guard edge.waiting == 0, edge.memory.reserved.isEmpty,
            !edge.memory.inMemory.contains(where: { edge[$0].phase == .loading })
        else {
            return planLook()
        }
        guard let newcomer = mostPromising() else { return }
        let admission = weigh(newcomer, .ahead, mayDrain: false)
        guard admission.outcome == .admitted else {
            // A newly loaded resident may make room a little later.
            if admission.outcome == .noRoom,
                edge.memory.inMemory.contains(where: { edge.standing(of: $0) == .protected })
            {
                planLook()
            }
            return explain(admission)
        }
        carryOut(admission)
    }

    /// The absent instance whose load promises to save the most; ties: the lowest id. O(instances).
    private mutating func mostPromising() -> InstanceID? {
        var best: (prospect: Double, instance: InstanceID)?
        for index in edge.instances.indices {
            let instance = InstanceID(index)
            guard edge[instance].phase == .absent, edge[instance].health.mayBegin(edge.now),
                edge.catalogue[edge[instance].model].placement == .edge,
                edge.catalogue[edge[instance].model].base == nil, edge.canEverFit(instance),
                let prospect = policy.prospect(of: instance, replacing: [], in: edge), prospect > best?.prospect ?? 0
            else { continue }
            best = (prospect, instance)
        }
        return best?.instance
    }
}
