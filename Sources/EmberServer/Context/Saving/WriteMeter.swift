import EmberSystem

/// Bytes that engines have written of states, against `context.write_limit`.
///
/// A day is 24 hours by the clock that only goes forward, from the first write on: to set the other clock does not
/// allow more. It begins again with each start of Ember.
struct WriteMeter: Sendable {
    let limit: Int
    private var day: (began: TimeSource.Instant, bytes: Int)?

    private static let length = Duration.seconds(86_400)

    init(limit: Int) { self.limit = limit }

    /// - Parameter bytes: expected; nil: not known.
    func allows(_ bytes: Int?, at now: TimeSource.Instant) -> Bool {
        (today(now)?.bytes ?? 0) + max(1, bytes ?? 0) <= limit
    }

    mutating func note(_ bytes: Int, at now: TimeSource.Instant) {
        let today = today(now)
        day = (today?.began ?? now, (today?.bytes ?? 0) + bytes)
    }

    private func today(_ now: TimeSource.Instant) -> (began: TimeSource.Instant, bytes: Int)? {
        day.flatMap { $0.began + Self.length > now ? $0 : nil }
    }
}
