import EmberCore
import Synchronization

/// Watches the events that a coordinator tells its planner.
final class PlannerAudit: Sendable {
    fileprivate struct State {
        var live: Set<RequestID> = []
        var offloaded: Set<RequestID> = []
        var events = 0
        var arrivals = 0
        var endings = 0
        var deaths = 0
        var violations: [String] = []
    }
    private let state = Mutex(State())

    /// Requests that have not ended.
    var liveCount: Int { state.withLock { $0.live.count } }
    var events: Int { state.withLock { $0.events } }
    var arrivals: Int { state.withLock { $0.arrivals } }
    var endings: Int { state.withLock { $0.endings } }
    /// Engines that have died.
    var deaths: Int { state.withLock { $0.deaths } }
    /// What the coordinator or the planner did wrong.
    var violations: [String] { state.withLock { $0.violations } }

    func note(_ event: Event, _ effects: some Sequence<Effect>, broken: [String]) {
        state.withLock { state in
            state.violations += broken.map { "\($0), after \(event)" }
            state.events += 1
            state.note(event)
            for effect in effects { state.note(effect) }
        }
    }
}

extension PlannerAudit.State {
    mutating func note(_ event: Event) {
        switch event {
        case .requestArrived(let request, _, _, _, _):
            arrivals += 1
            if !live.insert(request).inserted { violations.append("\(request) is used again before it has ended") }
        case .requestFinished(let request, _, _, _): end(request, "finished")
        case .requestFailed(let request, let retryable):
            if !retryable { end(request, "failed") }
        case .requestCancelled(let request): end(request, "cancelled")
        case .engineDied: deaths += 1
        default: break
        }
    }

    mutating func note(_ effect: Effect) {
        switch effect {
        case .offload(let request, _): offloaded.insert(request)
        case .reject(let request, _): end(request, "rejected")
        default: break
        }
    }

    private mutating func end(_ request: RequestID, _ how: String) {
        offloaded.remove(request)
        if live.remove(request) == nil { violations.append("\(request) has \(how), but had ended before") }
        endings += 1
    }
}

/// A planner that tells an audit all it hears and says.
struct AuditedPlanner: Planning {
    var base: any Planning
    let audit: PlannerAudit

    mutating func handle(_ event: Event, at now: Time, into effects: inout [Effect]) {
        let before = effects.count
        base.handle(event, at: now, into: &effects)
        audit.note(event, effects[before...], broken: base.brokenInvariants())
    }

    var edge: EdgeState { base.edge }
    var nextWake: Time? { base.nextWake }
    var state: PlannerState { base.state }
    mutating func takeDecisions() -> [Decision] { base.takeDecisions() }
    func isLive(_ request: RequestID) -> Bool { base.isLive(request) }
    func brokenInvariants() -> [String] { base.brokenInvariants() }
    func encode(to encoder: any Encoder) throws { try base.encode(to: encoder) }
}
