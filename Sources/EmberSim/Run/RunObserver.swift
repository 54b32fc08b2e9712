import EmberCore

/// Observes a run in progress; a plain run has no observer and pays nothing.
protocol RunObserver: AnyObject {
    /// Whether the planner shall explain its admissions.
    var needsDecisions: Bool { get }

    /// The planner has taken in an event and all that followed from it at that instant.
    ///
    /// - Parameters:
    ///   - effects: what the planner had done, in order.
    ///   - decisions: its admissions, where they are needed.
    ///   - edge: the state after it.
    func saw(_ event: Event, _ effects: [Effect], _ decisions: [Decision], _ edge: EdgeState)
}
