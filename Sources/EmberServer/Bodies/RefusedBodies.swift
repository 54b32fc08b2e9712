import EmberSystem
import Synchronization

/// Bounds how fast long bodies are read of a client of whose long bodies one was refused lately.
///
/// To read, keep and parse a long body takes the processors from the engines, and a refusal costs its client nothing.
/// Whose long bodies are taken notices nothing of this.
final class RefusedBodies: Sendable {
    private struct Probation {
        var lastRefused: TimeSource.Instant
        /// What was read of the client's bodies is made up for by then.
        var madeUp: TimeSource.Instant
    }

    /// Of one client, over all of its connections.
    static let bytesPerSecond = 8 << 20
    /// How long after a refusal a client is read slowly.
    private static let memory = Duration.seconds(10)
    private static let mostClients = 1024

    private let clients = Mutex<[ClientAddress: Probation]>([:])
    let time: TimeSource

    init(_ time: TimeSource) { self.time = time }

    /// A long body of the client was read and refused.
    func note(_ bytes: Int, from client: ClientAddress) {
        let now = time.now
        clients.withLock { clients in
            if clients.count >= Self.mostClients {
                clients = clients.filter { now - $0.value.lastRefused < Self.memory }
            }
            // What is read of one that is known is counted as it comes.
            let madeUp = clients[client]?.madeUp ?? now + Self.time(for: bytes)
            clients[client] = Probation(lastRefused: now, madeUp: madeUp)
        }
    }

    /// Counts bytes of a long body.
    ///
    /// - Returns: how long to wait before more is read.
    func pause(after bytes: Int, from client: ClientAddress) -> Duration {
        let now = time.now
        return clients.withLock { clients in
            guard var probation = clients[client] else { return .zero }
            guard now - probation.lastRefused < Self.memory else {
                clients[client] = nil
                return .zero
            }
            probation.madeUp = max(now, probation.madeUp) + Self.time(for: bytes)
            clients[client] = probation
            return probation.madeUp - now
        }
    }

    private static func time(for bytes: Int) -> Duration {
        .nanoseconds(Int64(bytes) * 1_000_000_000 / Int64(bytesPerSecond))
    }
}
