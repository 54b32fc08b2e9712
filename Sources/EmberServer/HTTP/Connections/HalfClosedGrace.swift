import EmberCore
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
            guard (try? await coordinator.time.sleep(for: pause)) != nil else { return false }
            let othersWait = await coordinator.within { Self.othersWait(behind: ticket, for: $0) }
            guard let othersWait else { return false }
            if othersWait { return true }
            pause = Self.pause
        }
    }

    /// Whether other requests wait for the engine that has the request, or for which it waits; nil once it has ended.
    private static func othersWait(behind ticket: Ticket, for coordinator: isolated Coordinator) -> Bool? {
        guard coordinator.requests.contains(ticket) else { return nil }
        let life = coordinator.requests[ticket.request]
        let model = life.server ?? life.model
        guard !life.isOffloaded, coordinator.deployment[model].engine != nil else { return false }
        let waiting = coordinator.edge.waiting(for: coordinator.deployment.instance(of: model))
        if case .deciding = life.stage { return waiting > 1 }
        return waiting > 0
    }
}
