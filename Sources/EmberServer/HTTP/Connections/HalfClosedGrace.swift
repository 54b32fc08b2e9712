import NIOCore

/// How long a whole answer goes on whose client has closed its side of the connection.
///
/// The client may still read, as `nc -N` does, or may have gone; TCP does not distinguish the two until something is
/// written. A stream finds out by itself. A whole answer goes on for a grace, and then until another request waits for
/// its slot.
struct HalfClosedGrace: Sendable {
    let coordinator: Coordinator
    let grace: TimeAmount

    private static let pause = Duration.milliseconds(500)

    /// Returns once the answer is to be given up (true), or has come to its end (false).
    func mustEnd(_ ticket: Ticket) async -> Bool {
        var pause = Duration.nanoseconds(grace.nanoseconds)
        while true {
            guard (try? await Task.sleep(for: pause)) != nil else { return false }
            guard let othersWait = await coordinator.othersWait(behind: ticket) else { return false }
            if othersWait { return true }
            pause = Self.pause
        }
    }
}
