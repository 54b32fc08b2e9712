import EmberSystem
import Synchronization

/// What was learnt of saving and restoring since the start, over all engines: they come and go, and what one has shown
/// holds for the next one of the same kind. In memory alone.
final class SavingBook: Sendable {
    /// Whose states, of which engines.
    struct Kind: Hashable {
        let owner: SlotOwner
        /// Of the slots.
        let identity: String
    }

    private struct State {
        /// By the slots' identity.
        var rates: [String: StateRates] = [:]
        /// By service.
        var quiet: [String: QuietTimes] = [:]
        /// Of those that have not used all that was restored.
        var trust: [Kind: StateTrust] = [:]
        var meter: WriteMeter
    }

    private let state: Mutex<State>

    /// Of each; beyond, all are learnt again.
    private static let most = 1024

    /// - Parameter writeLimit: bytes a day.
    init(writeLimit: Int = .max) { state = Mutex(State(meter: WriteMeter(limit: writeLimit))) }

    // MARK: Rates

    func rates(of identity: String) -> StateRates { state.withLock { $0.rates[identity] ?? StateRates() } }

    func note(_ identity: String, _ change: (inout StateRates) -> Void) {
        state.withLock { state in
            if state.rates.count >= Self.most, state.rates[identity] == nil { state.rates = [:] }
            change(&state.rates[identity, default: StateRates()])
        }
    }

    // MARK: Pauses

    /// After how long a conversation of the service is quiet for longer than usual.
    func patience(_ service: String) -> Duration {
        .seconds(state.withLock { ($0.quiet[service] ?? QuietTimes()).patience })
    }

    /// A conversation went on after this time.
    func notePause(_ seconds: Double, _ service: String) {
        state.withLock { state in
            if state.quiet.count >= Self.most, state.quiet[service] == nil { state.quiet = [:] }
            state.quiet[service, default: QuietTimes()].note(seconds)
        }
    }

    // MARK: Trust

    func trust(_ kind: Kind) -> StateTrust { state.withLock { $0.trust[kind] ?? StateTrust() } }

    /// - Returns: whether such states are to be saved and restored no more, from this one on.
    func noteReuse(_ reused: Int, of expected: Int, _ kind: Kind) -> Bool {
        state.withLock { state in
            if state.trust.count >= Self.most, state.trust[kind] == nil { state.trust = [:] }
            return state.trust[kind, default: StateTrust()].note(reused: reused, of: expected)
        }
    }

    // MARK: Writes

    func allowsWrite(_ bytes: Int?, at now: TimeSource.Instant) -> Bool {
        state.withLock { $0.meter.allows(bytes, at: now) }
    }

    func noteWrite(_ bytes: Int, at now: TimeSource.Instant) { state.withLock { $0.meter.note(bytes, at: now) } }
}
