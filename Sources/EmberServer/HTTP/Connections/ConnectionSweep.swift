import EmberSystem
import NIOCore
import Synchronization

/// Looks at the clocks of all open connections now and then.
///
/// One sleeping task does so for all of them. A timer for each would be kept by the event loops, which do more at every
/// turn while they keep any.
final class ConnectionSweep: Sendable {
    private struct Watched {
        /// In the order in which they came.
        let number: Int
        let eventLoop: any EventLoop
        let look: @Sendable (NIODeadline) -> Void
    }

    private struct State {
        var watched: [ObjectIdentifier: Watched] = [:]
        var isRunning = false
        var lastNumber = 0
    }

    private let state = Mutex(State())
    /// A clock is looked at so late at most.
    private let interval: TimeAmount
    private let time: TimeSource

    private static let longestInterval = TimeAmount.seconds(1)
    /// Of the shortest patience.
    private static let share: Int64 = 8

    init(_ patience: ConnectionPatience, _ time: TimeSource) {
        self.time = time
        interval = min(Self.longestInterval, .nanoseconds(patience.shortest.nanoseconds / Self.share))
    }

    /// - Parameter look: called on the handler's event loop with the present instant, until the handler is removed.
    func add(_ handler: AnyObject, on eventLoop: any EventLoop, _ look: @escaping @Sendable (NIODeadline) -> Void) {
        let mustStart = state.withLock { state in
            state.lastNumber += 1
            state.watched[ObjectIdentifier(handler)] = Watched(
                number: state.lastNumber, eventLoop: eventLoop, look: look)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if mustStart { time.later { await self.run() } }
    }

    func remove(_ handler: AnyObject) {
        state.withLock { $0.watched[ObjectIdentifier(handler)] = nil }
    }

    /// Ends once no connection is open.
    private func run() async {
        while let groups = groups() {
            for group in groups {
                group[0].eventLoop.execute {
                    let now = group[0].eventLoop.now
                    for watched in group { watched.look(now) }
                }
            }
            try? await time.sleep(for: .nanoseconds(interval.nanoseconds))
        }
    }

    /// The open connections by their event loops; nil: there are none.
    private func groups() -> [[Watched]]? {
        state.withLock { state in
            state.isRunning = !state.watched.isEmpty
            guard state.isRunning else { return nil }
            var groups: [[Watched]] = []
            for watched in state.watched.values.sorted(by: { $0.number < $1.number }) {
                if let index = groups.firstIndex(where: { $0[0].eventLoop === watched.eventLoop }) {
                    groups[index].append(watched)
                } else {
                    groups.append([watched])
                }
            }
            return groups
        }
    }
}
