/// What the planner knows of one request.
struct RequestRecord: Codable, Sendable {
    enum State: String, Codable, Sendable { case free, waiting, running, offloaded }

    let service: ServiceID
    /// Where it runs or waits; another model's than it asks for where that stands in.
    var instance: InstanceID
    var model: ModelID
    var offloadable: Bool
    /// The requests it stands for: more than one for a slot's batch.
    let count: Int
    let arrival: Time
    let terms: RequestTerms
    /// When it is given up if nobody works on it.
    var due: Time
    /// When nobody needs an answer any more that has not begun.
    let latest: Time
    /// Its turn in the queue: see `RequestQueue`.
    var round = 0
    /// When it was dispatched or offloaded last.
    var begun = Time.zero
    var state = State.waiting
    /// The life of the instance in which it was dispatched.
    var life = 0
    var attempts = 0
    /// Engines that were ended over the budget while they ran it.
    var overruns = 0
    /// Engines that have died while they ran it.
    var deaths = 0
    /// An engine that ran it alone had to be ended over the budget, and another life would have to be as well.
    var needsTooMuch = false
    /// A(kappa) at dispatch: the accuracy charged when it ends well.
    var accuracy = 0.0
    /// The energy that it was expected to take at dispatch, in joules.
    var joules = 0.0
    var previous: RequestID?
    var next: RequestID?

    mutating func dispatched(at now: Time, life: Int, accuracy: Double) {
        state = .running
        begun = now
        self.life = life
        self.accuracy = accuracy
    }

    /// Tries that count against the limit: an engine that was ended over the budget may have been another request's doing.
    var countedAttempts: Int { attempts - min(overruns, 2) }

    /// Engines that have died of it, or of one like it.
    var allDeaths: Int { terms.deaths + deaths }
    /// It is given an engine for itself alone, so that another death tells.
    var isSuspect: Bool { allDeaths > 0 }

    var flow: Flow { Flow(tenant: terms.tenant, service: service) }
}

/// A tenant's requests of one service, which take their turns together.
struct Flow: Hashable {
    let tenant: Int
    let service: ServiceID
}

/// Requests that wait for an instance, threaded through the request table: by round, then by arrival.
///
/// In each round every flow has one request: so a flow that asks much waits behind its own
/// requests, and of a single flow the first comes first.
struct RequestQueue: Codable, Sendable {
    var head: RequestID?
    var tail: RequestID?
    var count = 0
    /// The round that is being served.
    var round = 0
    /// The earliest arrival and the earliest due instant in it.
    var oldest = Time.distantFuture
    var firstDue = Time.distantFuture
}

/// All live requests, indexed by the small integers that the driver hands out.
struct RequestTable: Codable, Sendable {
    private var records: [RequestRecord] = []
    private static let free = RequestRecord(
        service: ServiceID(0), instance: InstanceID(0), model: ModelID(0), offloadable: false, count: 0,
        arrival: .zero, terms: RequestTerms(), due: .zero, latest: .zero, state: .free)
    /// Requests that have neither ended nor been rejected.
    private(set) var live = 0

    // Lent, not copied. What has ended can be read until its id is used again.
    subscript(request: RequestID) -> RequestRecord {
        _read { yield records[request.index] }
        _modify { yield &records[request.index] }
    }

    func isLive(_ request: RequestID) -> Bool {
        request.index < records.count && records[request.index].state != .free
    }

    mutating func insert(_ request: RequestID, _ record: RequestRecord) {
        while records.count <= request.index { records.append(Self.free) }
        precondition(records[request.index].state == .free, "request id in use")
        records[request.index] = record
        live += 1
    }

    mutating func remove(_ request: RequestID) {
        records[request.index].state = .free
        live -= 1
    }

    /// Gives the request the first round in which its flow has none yet, and puts it into its place. O(requests that wait).
    mutating func append(_ request: RequestID, to queue: inout RequestQueue) {
        records[request.index].round = round(of: request, in: queue)
        insert(request, into: &queue)
    }

    private func round(of newcomer: RequestID, in queue: RequestQueue) -> Int {
        let flow = records[newcomer.index].flow
        var (own, last) = (0, queue.round)
        forEach(in: queue) { other in
            guard records[other.index].flow == flow else { return }
            own += 1
            last = max(last, records[other.index].round)
        }
        return max(queue.round + own, last)
    }

    /// How many of those that wait would have their turn before the newcomer. O(requests that wait).
    func ahead(of newcomer: RequestID, in queue: RequestQueue) -> Int {
        let own = (round(of: newcomer, in: queue), records[newcomer.index].arrival)
        var count = 0
        forEach(in: queue) { if turn(of: $0) <= own { count += 1 } }
        return count
    }

    /// Puts the request before the first whose turn comes later. O(requests behind it).
    mutating func insert(_ request: RequestID, into queue: inout RequestQueue) {
        let key = turn(of: request)
        var previous = queue.tail
        while let earlier = previous, key < turn(of: earlier) { previous = records[earlier.index].previous }
        let next = previous.map { records[$0.index].next } ?? queue.head
        records[request.index].next = next
        records[request.index].previous = previous
        if let previous { records[previous.index].next = request } else { queue.head = request }
        if let next { records[next.index].previous = request } else { queue.tail = request }
        queue.count += 1
        queue.oldest = min(queue.oldest, records[request.index].arrival)
        queue.firstDue = min(queue.firstDue, records[request.index].due)
    }

    private func turn(of request: RequestID) -> (Int, Time) {
        (records[request.index].round, records[request.index].arrival)
    }

    /// O(1), or O(requests that wait) where the first to arrive, or to be due, goes.
    mutating func unlink(_ request: RequestID, from queue: inout RequestQueue) {
        let (previous, next) = (records[request.index].previous, records[request.index].next)
        if let previous { records[previous.index].next = next } else { queue.head = next }
        if let next { records[next.index].previous = previous } else { queue.tail = previous }
        queue.count -= 1
        let gone = records[request.index]
        guard gone.arrival == queue.oldest || gone.due == queue.firstDue else { return }
        var (oldest, firstDue) = (Time.distantFuture, Time.distantFuture)
        forEach(in: queue) { other in
            oldest = min(oldest, records[other.index].arrival)
            firstDue = min(firstDue, records[other.index].due)
        }
        (queue.oldest, queue.firstDue) = (oldest, firstDue)
    }

    /// Those that wait, in their order.
    func forEach(in queue: RequestQueue, _ body: (RequestID) -> Void) {
        var next = queue.head
        while let request = next {
            next = records[request.index].next
            body(request)
        }
    }

    /// The requests that run in that life of the instance. O(requests).
    func running(on instance: InstanceID, life: Int) -> [RequestID] {
        liveRequests.filter {
            self[$0].state == .running && self[$0].instance == instance && self[$0].life == life
        }
    }

    var liveRequests: [RequestID] {
        records.indices.lazy.filter { records[$0].state != .free }.map { RequestID($0) }
    }
}
