import Crypto
import EmberSystem
import Foundation
import Synchronization

/// Who is logged in to the page. A session stands for the key that began it, for as long as that key is configured.
///
/// In memory alone: Ember's end is every session's end.
final class PageSessions: Sendable {
    /// At most that many; the one that was begun first ends for a new one.
    static let most = 256
    /// From the login on.
    static let lifeSeconds = 12 * 3600.0

    /// What the page is given when it logs in.
    struct Ticket: Sendable, Equatable {
        /// For the cookie.
        let id: String
        /// Goes with every act, so that no other site can act in the page's name.
        let token: String
    }

    private struct Session {
        let key: AccessKey
        let token: String
        let began: TimeSource.Instant
    }

    private struct State {
        var sessions: [SHA256.Digest: Session] = [:]

        mutating func makeRoom(at now: TimeSource.Instant) {
            sessions = sessions.filter { $0.value.began.duration(to: now) < .seconds(PageSessions.lifeSeconds) }
            while sessions.count >= PageSessions.most,
                let oldest = sessions.min(by: { $0.value.began < $1.value.began })
            {
                sessions[oldest.key] = nil
            }
        }
    }

    private let state = Mutex(State())
    private let random: RandomSource
    private let time: TimeSource

    init(_ surroundings: Surroundings) { (random, time) = (surroundings.random, surroundings.time) }

    func begin(for key: AccessKey) -> Ticket {
        let ticket = Ticket(id: name(), token: name())
        let session = Session(key: key, token: ticket.token, began: time.now)
        state.withLock {
            $0.makeRoom(at: session.began)
            $0.sessions[Self.digest(ticket.id)] = session
        }
        return ticket
    }

    func end(_ id: String) { _ = state.withLock { $0.sessions.removeValue(forKey: Self.digest(id)) } }

    /// The session's key and token; nil where there is no such session, or its key has been removed since.
    ///
    /// - Parameter keys: those that are configured now.
    func session(_ id: String, among keys: [AccessKey]) -> (key: AccessKey, token: String)? {
        let digest = Self.digest(id)
        guard let session = state.withLock({ $0.sessions[digest] }) else { return nil }
        guard time.seconds(since: session.began) < Self.lifeSeconds else { return nil }
        // With what goes with the key now.
        guard let key = keys.first(where: { $0.isSame(as: session.key) }) else { return nil }
        return (key, session.token)
    }

    /// By digest, so that how long a look-up takes says nothing of the ids that there are.
    private static func digest(_ id: String) -> SHA256.Digest { SHA256.hash(data: Data(id.utf8)) }

    /// 256 random bits, as hexadecimal digits.
    private func name() -> String {
        random.words(4).map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
