import EmberStore
import EmberSystem
import Synchronization

/// How old demonstrations are.
///
/// Their times are the clock's of when they came. If that was in the future, or the clock is in the past now, a
/// demonstration is as old as the time for which that has been seen: it must not stay fresh for years.
final class DemonstrationAges: Sendable {
    /// Those of the future that are remembered; the ones met first are forgotten.
    static let mostRemembered = 10_000

    private struct State {
        var firstMet: [Int: TimeSource.Instant] = [:]
        var order: [Int] = []
    }

    private let state = Mutex(State())
    private let time: TimeSource

    init(_ time: TimeSource) { self.time = time }

    /// The age by the clocks of now.
    func reading() -> (Demonstration) -> Double {
        reading(at: time.wallSeconds, time.now)
    }

    /// - Parameter time: in seconds since 1970.
    func reading(at time: Double, _ now: TimeSource.Instant) -> (Demonstration) -> Double {
        { demonstration in
            demonstration.time <= time
                ? time - demonstration.time : self.secondsSinceFirstMet(demonstration.id, now)
        }
    }

    private func secondsSinceFirstMet(_ id: Int, _ now: TimeSource.Instant) -> Double {
        state.withLock { state in
            if let met = state.firstMet[id] { return met.duration(to: now) / .seconds(1) }
            state.firstMet[id] = now
            state.order.append(id)
            if state.order.count > Self.mostRemembered {
                let forgotten = state.order.prefix(Self.mostRemembered / 2)
                for id in forgotten { state.firstMet[id] = nil }
                state.order.removeFirst(forgotten.count)
            }
            return 0
        }
    }
}
