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
