/// Everything that a planner knows besides its policy: what another policy can go on with.
public struct PlannerState: Sendable {
    var edge: EdgeState
    var requests = RequestTable()
    var nextLook: Time?
}

extension PlannerState {
    /// Before the first event.
    init(catalogue: Catalogue, settings: PlannerSettings) {
        self.init(edge: EdgeState(catalogue: catalogue, settings: settings))
    }
}

extension Planner {
    public var state: PlannerState { PlannerState(edge: edge, requests: requests, nextLook: nextLook) }

    /// Tells a policy that comes later of those in memory: when each was loaded, and last asked for (rule 32).
    mutating func introduce() {
        let inMemory = edge.memory.inMemory.filter { edge[$0].occupies }
        for instance in inMemory.sorted(by: { (edge[$0].loadBegan, $0) < (edge[$1].loadBegan, $1) }) {
            policy.didLoad(instance, in: edge)
        }
        for instance in inMemory.sorted(by: { (edge[$0].use.lastUsed, $0) < (edge[$1].use.lastUsed, $1) }) {
            policy.didRequest(instance, count: 1, in: edge)
        }
        index.takeInChanges(&edge, &policy)
    }
}
