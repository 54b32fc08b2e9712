/// How far one exchange has come, and by which tickets the coordinator knows its request: two while an upstream and the
/// edge race for it.
///
/// The coordinator's `RequestLife` says what was decided. This is what the exchange has done with it, and is read
/// without asking the coordinator.
struct ExchangeState: Sendable {
    private enum Stage: Sendable {
        case single(Ticket)
        case racing(upstream: Ticket, edge: Ticket)
        /// The coordinator has received the end, or is about to.
        case ended(Ticket)
    }

    private var stage: Stage
    /// The engine that was asked last.
    var route: EdgeRoute?
    /// Whether it was ever begun at the edge beside an upstream.
    private(set) var isHedged = false

    init(_ ticket: Ticket) { stage = .single(ticket) }

    /// Of the place that is to answer.
    var ticket: Ticket {
        switch stage {
        case .single(let ticket), .racing(let ticket, _), .ended(let ticket): ticket
        }
    }

    var isRacing: Bool {
        if case .racing = stage { true } else { false }
    }

    /// What is to be ended where the exchange is dropped, as its client has gone; nil: it has ended.
    var abandoned: (tickets: [Ticket], route: EdgeRoute?)? {
        switch stage {
        case .single(let ticket): ([ticket], route)
        case .racing(let upstream, let edge): ([upstream, edge], route)
        case .ended: nil
        }
    }

    /// - Returns: the ticket to end the request by.
    mutating func end() -> Ticket {
        stage = .ended(ticket)
        return ticket
    }

    mutating func beginRace(_ edge: Ticket) {
        stage = .racing(upstream: ticket, edge: edge)
        isHedged = true
    }

    /// The edge ends, and has not won.
    ///
    /// - Returns: the ticket to be ended; nil where no race runs, or where that was seen to already.
    mutating func endRace() -> Ticket? {
        guard case .racing(let upstream, let edge) = stage else { return nil }
        stage = .single(upstream)
        return edge
    }

    /// - Returns: the upstream's ticket, to be ended.
    mutating func winRace() -> Ticket {
        guard case .racing(let upstream, let edge) = stage else { return ticket }
        stage = .single(edge)
        return upstream
    }
}
