import EmberCore

/// Tells requests that are at fault from a server that is, where an answer of 500 alone cannot.
///
/// A server that fails one request may well answer others: so the request is held to be at fault, until several
/// different ones have failed and none has succeeded in between.
struct Suspicion: Sendable, Equatable {
    /// A failure that may be the request's or the server's.
    struct Case: Hashable, Sendable {
        /// Tells requests apart, by their bodies.
        let request: Int
        /// Whose it is.
        let tenant: Int
    }

    /// Different requests of one tenant that have to fail, and of more than one.
    static let requestsOfOneTenant = 8
    static let requestsOfMore = 4
    /// What failed longer ago says nothing of the server as it is now.
    static let memorySeconds = 300.0

    private var cases: Set<Case> = []
    private var began = Time.zero

    /// - Returns: whether the server is to be blamed from now on.
    mutating func note(_ failure: Case, at now: Time) -> Bool {
        if now - began > Self.memorySeconds { cases = [] }
        if cases.isEmpty { began = now }
        // One more than is needed adds nothing.
        if cases.count < Self.requestsOfOneTenant { cases.insert(failure) }
        return blamesServer
    }

    /// The server has answered a request well.
    mutating func clear() { cases = [] }

    var blamesServer: Bool {
        let isOneTenant = Set(cases.map(\.tenant)).count <= 1
        return Set(cases.map(\.request)).count >= (isOneTenant ? Self.requestsOfOneTenant : Self.requestsOfMore)
    }
}
