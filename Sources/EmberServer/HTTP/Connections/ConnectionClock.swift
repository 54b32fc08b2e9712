import NIOCore

/// Until when a connection waits for what its client owes it. Pure: every event and every instant is given to it.
///
/// While an answer is owed to the client, and no part of a request to Ember, there is no deadline, however long it
/// takes.
struct ConnectionClock: Equatable {
    /// What did not come in time.
    enum Lapse: Equatable {
        /// Not a byte, since the opening or the last answer.
        case silent
        case head
        case body
    }

    private enum Receiving: Equatable {
        case nothing
        case head(since: NIODeadline)
        /// `since` is nil until the first look at the clock: most bodies come with their head.
        case body(since: NIODeadline?, bytes: Int)
    }

    private let patience: ConnectionPatience
    private var receiving = Receiving.nothing
    private var quietSince: NIODeadline
    private(set) var hasServed = false
    private var answersOwed = 0
    private var isAnswering = false

    init(_ patience: ConnectionPatience, openedAt now: NIODeadline) {
        self.patience = patience
        quietSince = now
    }

    /// Whether the client has no request under way.
    var isQuiet: Bool {
        if case .body = receiving { return false }
        return answersOwed == 0
    }

    /// Whether an answer is due that has not come to its end.
    var owesAnswer: Bool { answersOwed > 0 }

    /// Whether at least one answer is owed to the client, whose body has come.
    var owesOnlyAnswers: Bool {
        if case .body = receiving { return false }
        return answersOwed > 0
    }

    mutating func headCame() {
        receiving = .body(since: nil, bytes: 0)
        answersOwed += 1
    }

    mutating func bodyCame(bytes: Int) {
        guard case .body(let since, let sum) = receiving else { return }
        receiving = .body(since: since, bytes: sum + bytes)
    }

    mutating func requestEnded() { receiving = .nothing }

    /// Bytes came that are no whole head yet.
    mutating func partOfHeadCame(at now: NIODeadline) {
        if receiving == .nothing { receiving = .head(since: now) }
    }

    /// What has come has been taken in; a body that has begun is waited for from now on.
    mutating func waits(from now: @autoclosure () -> NIODeadline) {
        if case .body(nil, let bytes) = receiving { receiving = .body(since: now(), bytes: bytes) }
    }

    mutating func answerBegan() { isAnswering = true }

    mutating func answerEnded(at now: NIODeadline) {
        isAnswering = false
        answersOwed = max(0, answersOwed - 1)
        quietSince = now
        hasServed = true
        // While the answer was owed, the rest of the next request had no deadline.
        switch receiving {
        case .head: receiving = .head(since: now)
        case .body(_?, let bytes): receiving = .body(since: now, bytes: bytes)
        default: break
        }
    }

    /// Ember itself has not read on: that is no fault of the client's.
    mutating func excuse(at now: NIODeadline) {
        if case .body(_?, _) = receiving { receiving = .body(since: now, bytes: 0) }
    }

    /// nil while the client owes nothing.
    var deadline: (at: NIODeadline, lapse: Lapse)? {
        switch receiving {
        case .body(let since?, let bytes) where !isAnswering && answersOwed <= 1:
            let more = TimeAmount.seconds(Int64(bytes / ConnectionPatience.bytesPerSecond))
            return (since + patience.body + more, .body)
        case .head(let since) where answersOwed == 0: return (since + patience.header, .head)
        case .nothing where answersOwed == 0:
            return (quietSince + (hasServed ? patience.idle : patience.header), .silent)
        default: return nil
        }
    }
}
