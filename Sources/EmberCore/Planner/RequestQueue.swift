/// A tenant's requests of one service, which take their turns together.
struct Flow: Hashable, Codable, Sendable {
    let tenant: Int
    let service: ServiceID
}

/// A request that waits for an instance.
struct WaitingRequest: Codable, Sendable {
    private(set) var instance: InstanceID
    private(set) var flow: Flow
    let arrival: Time
    /// When it is ended if it still waits.
    let due: Time
    /// Its turn; see `RequestQueue`.
    var round = 0
    fileprivate(set) var previous: RequestID?
    fileprivate(set) var next: RequestID?

    init(for instance: InstanceID, _ flow: Flow, arrival: Time, due: Time) {
        self.instance = instance
        self.flow = flow
        self.arrival = arrival
        self.due = due
    }

    fileprivate var turn: (Int, Time) { (round, arrival) }

    /// The catalogue changes; what requests wait for stays.
    mutating func move(_ map: CatalogueMap) {
        instance = map[instance] ?? instance
        flow = Flow(tenant: flow.tenant, service: map[flow.service] ?? flow.service)
    }
}

/// Requests that wait for an instance, threaded through the table of waiting requests: by round, then by arrival.
///
/// In each round every flow has one request. So a flow with many requests waits behind its own ones, and of a single
/// flow the first comes first.
struct RequestQueue: Codable, Sendable {
    private(set) var head: RequestID?
    private var tail: RequestID?
    private(set) var count = 0
    /// The round that is being served: the highest dispatched.
    private(set) var round = 0
    /// The earliest arrival and the earliest due instant in it.
    private(set) var oldest = Time.distantFuture
    private(set) var firstDue = Time.distantFuture

    mutating func serve(round: Int) { self.round = max(self.round, round) }

    /// The first round in which the flow has no request yet. O(requests that wait).
    func nextRound(of flow: Flow, _ table: [WaitingRequest?]) -> Int {
        var (own, last) = (0, round)
        forEach(table) { _, other in
            guard other.flow == flow else { return }
            own += 1
            last = max(last, other.round)
        }
        return max(round + own, last)
    }

    /// How many requests would have their turn before a newcomer. O(requests that wait).
    func ahead(of flow: Flow, arrival: Time, _ table: [WaitingRequest?]) -> Int {
        let own = (nextRound(of: flow, table), arrival)
        var count = 0
        forEach(table) { _, other in if other.turn <= own { count += 1 } }
        return count
    }

    /// Puts the request before the first whose turn comes later. O(requests behind it).
    mutating func insert(_ request: RequestID, _ newcomer: WaitingRequest, _ table: inout [WaitingRequest?]) {
        var newcomer = newcomer
        var previous = tail
        while let earlier = previous, newcomer.turn < table[earlier.index]!.turn {
            previous = table[earlier.index]!.previous
        }
        newcomer.previous = previous
        newcomer.next = previous.map { table[$0.index]!.next } ?? head
        table[request.index] = newcomer
        if let previous { table[previous.index]!.next = request } else { head = request }
        if let next = newcomer.next { table[next.index]!.previous = request } else { tail = request }
        count += 1
        oldest = min(oldest, newcomer.arrival)
        firstDue = min(firstDue, newcomer.due)
    }

    /// O(1), or O(requests that wait) where the first to arrive, or to be due, goes.
    ///
    /// - Returns: what waited.
    mutating func remove(_ request: RequestID, _ table: inout [WaitingRequest?]) -> WaitingRequest {
        let gone = table[request.index]!
        table[request.index] = nil
        if let previous = gone.previous { table[previous.index]!.next = gone.next } else { head = gone.next }
        if let next = gone.next { table[next.index]!.previous = gone.previous } else { tail = gone.previous }
        count -= 1
        guard gone.arrival == oldest || gone.due == firstDue else { return gone }
        var (oldest, firstDue) = (Time.distantFuture, Time.distantFuture)
        forEach(table) { _, other in
            oldest = min(oldest, other.arrival)
            firstDue = min(firstDue, other.due)
        }
        (self.oldest, self.firstDue) = (oldest, firstDue)
        return gone
    }

    /// The requests in their order.
    func forEach(_ table: [WaitingRequest?], _ body: (RequestID, WaitingRequest) -> Void) {
        var next = head
        while let request = next, let waiting = table[request.index] {
            next = waiting.next
            body(request, waiting)
        }
    }
}
