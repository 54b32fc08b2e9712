import EmberSystem

/// Which of an engine's quiet conversations is saved next, and when: decides, touches nothing.
struct SavePlan: Sendable {
    /// A slot whose state is not saved.
    struct Candidate: Sendable {
        let slot: Int
        /// It is quiet for longer than usual from then on.
        let due: TimeSource.Instant
        /// That its save is expected to take; nil: not known.
        let seconds: Double?
    }

    enum Step: Sendable, Equatable {
        case save(Int)
        case wait(until: TimeSource.Instant)
        case nothing
    }

    /// A save may stall an engine's requests for this time at most: it runs in the loop in which the engine computes.
    static let stallSeconds = 0.05
    /// What may not be saved now is looked at again then.
    static let retry = Duration.seconds(1)

    /// Whether a save that takes this time may run now.
    ///
    /// - Parameter isBusy: the engine runs requests.
    static func allows(_ seconds: Double?, isBusy: Bool) -> Bool {
        !isBusy || seconds.map { $0 <= stallSeconds } ?? false
    }

    /// The one that has been due for the longest goes first.
    static func step(_ candidates: [Candidate], isBusy: Bool, at now: TimeSource.Instant) -> Step {
        guard let first = candidates.min(by: { $0.due < $1.due }) else { return .nothing }
        guard first.due <= now else { return .wait(until: first.due) }
        let allowed = candidates.filter { $0.due <= now && allows($0.seconds, isBusy: isBusy) }
        guard let next = allowed.min(by: { $0.due < $1.due }) else { return .wait(until: now + retry) }
        return .save(next.slot)
    }
}
