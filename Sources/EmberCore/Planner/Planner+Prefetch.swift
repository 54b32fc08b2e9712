// Loads ahead of requests, where the policy expects them to pay.
extension Planner {
    /// A request has come: once a while has passed, it is looked whether it has changed what should be in memory.
    mutating func planLook() {
        guard nextLook == nil, edge.settings.time == .continuous, let pause = edge.settings.prefetchSeconds else {
            return
        }
        nextLook = edge.now + pause
    }

    /// Begins the load that promises the most, if it pays; at most one, and only while nobody waits and nothing loads.
    mutating func lookAhead(_ effects: inout [Effect]) {
        guard let look = nextLook, look <= edge.now else { return }
        nextLook = nil
        guard edge.waiting == 0, reserved.isEmpty, !edge.inMemory.contains(where: { edge[$0].phase == .loading }) else {
            return planLook()
        }
        guard let newcomer = mostPromising() else { return }
        let admission = weigh(newcomer, .ahead, mayDrain: false)
        guard admission.outcome == .admitted else {
            // Who has just been loaded may make room a little later.
            if admission.outcome == .noRoom, edge.inMemory.contains(where: { standing(of: $0) == .protected }) {
                planLook()
            }
            return explain(admission)
        }
        carryOut(admission, &effects)
    }

    /// The absent instance whose load promises to save the most; ties: the lowest id. O(instances).
    private mutating func mostPromising() -> InstanceID? {
        var best: (prospect: Double, instance: InstanceID)?
        for index in edge.instances.indices {
            let instance = InstanceID(index)
            guard edge[instance].phase == .absent, edge[instance].mayBegin(edge.now),
                edge.catalogue[edge[instance].model].placement == .edge,
                edge.catalogue[edge[instance].model].base == nil, canEverFit(instance),
                let prospect = policy.prospect(of: instance, replacing: [], in: edge), prospect > best?.prospect ?? 0
            else { continue }
            best = (prospect, instance)
        }
        return best?.instance
    }
}
