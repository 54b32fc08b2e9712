/// The joint decision of caching and inference as a pure state machine: events in, effects out.
///
/// It does no I/O, reads no clock, owns no randomness and never blocks. The same (event, time) sequence gives the
/// same effects, so a recorded live log can be replayed and a simulator runs the server's own decisions.
///
/// Between two events it can be encoded; decoded, it goes on exactly as it would have. Decisions must have been taken
/// before: they are not part of it.
public protocol Planning: Encodable, Sendable {
    /// Takes in what happened at `now` (never earlier than before) and appends what the driver must do.
    mutating func handle(_ event: Event, at now: Time, into effects: inout [Effect])
    /// The state that the decisions are based on. It is lent, as a copy takes longer than most questions to it.
    @_borrowed var edge: EdgeState { get }
    /// When the planner wants a `tick` if nothing else happens before; nil when it waits for nothing.
    var nextWake: Time? { get }
    /// The admissions decided since the last call, where `PlannerSettings.recordsDecisions` is set.
    mutating func takeDecisions() -> [Decision]
    /// What another policy can go on with.
    var state: PlannerState { get }
    /// Whether a request of that id has arrived and not ended.
    func isLive(_ request: RequestID) -> Bool
    /// What contradicts the planner's promises; empty unless there is a bug. O(instances + pairs + requests).
    func brokenInvariants() -> [String]
}
