import EmberCore

/// Sets the residents slot by slot, in place of a policy.
protocol ResidentPlan: Sendable {
    /// For every instance whether it is resident in the next slot.
    mutating func next() -> [Bool]
}

extension ResidentPlan {
    /// What makes the next slot's set of the present residents: those that leave first.
    mutating func nextEvents(in edge: EdgeState) -> [Event] {
        let chosen = next()
        let isResident = edge.instances.map { $0.phase == .resident }
        let leaving = chosen.indices.filter { isResident[$0] && !chosen[$0] }
        let coming = chosen.indices.filter { chosen[$0] && !isResident[$0] }
        return leaving.map { .unloadRequested(InstanceID($0)) } + coming.map { .loadRequested(InstanceID($0)) }
    }
}
