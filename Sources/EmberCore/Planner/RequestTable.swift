/// What the planner knows of one request.
struct RequestRecord: Sendable {
    enum State: Sendable { case free, waiting, running, offloaded }

    var state = State.free
    var service = ServiceID(0)
    var instance = InstanceID(0)
    var model = ModelID(0)
    var offloadable = false
    /// The requests it stands for: more than one for a slot's batch.
    var count = 1
    var arrival = Time.zero
    /// The life of the instance in which it was dispatched.
    var life = 0
    var attempts = 0
    /// A(kappa) at dispatch: the accuracy charged when it ends well.
    var accuracy = 0.0
    /// The energy that it was expected to take at dispatch, in joules.
    var joules = 0.0
    var previous: RequestID?
    var next: RequestID?
}

/// A first-in first-out queue threaded through the request table: O(1) to append and to remove anywhere.
struct RequestQueue: Sendable {
    var head: RequestID?
    var tail: RequestID?
    var count = 0
}

/// All live requests, indexed by the small integers that the driver hands out.
struct RequestTable: Sendable {
    private var records: [RequestRecord] = []
    /// Requests that have neither ended nor been rejected.
    private(set) var live = 0

    subscript(request: RequestID) -> RequestRecord {
        get { records[request.index] }
        _modify { yield &records[request.index] }
    }

    func isLive(_ request: RequestID) -> Bool {
        request.index < records.count && records[request.index].state != .free
    }

    mutating func insert(_ request: RequestID, _ record: RequestRecord) {
        while records.count <= request.index { records.append(RequestRecord()) }
        precondition(records[request.index].state == .free, "request id in use")
        records[request.index] = record
        live += 1
    }

    mutating func remove(_ request: RequestID) {
        records[request.index].state = .free
        live -= 1
    }

    mutating func append(_ request: RequestID, to queue: inout RequestQueue) {
        records[request.index].previous = queue.tail
        records[request.index].next = nil
        if let tail = queue.tail { records[tail.index].next = request } else { queue.head = request }
        queue.tail = request
        queue.count += 1
    }

    /// Puts the request before the first that arrived no earlier. O(requests before it).
    mutating func insertByArrival(_ request: RequestID, into queue: inout RequestQueue) {
        var next = queue.head
        while let later = next, records[later.index].arrival < records[request.index].arrival {
            next = records[later.index].next
        }
        let previous = next.map { records[$0.index].previous } ?? queue.tail
        records[request.index].next = next
        records[request.index].previous = previous
        if let previous { records[previous.index].next = request } else { queue.head = request }
        if let next { records[next.index].previous = request } else { queue.tail = request }
        queue.count += 1
    }

    mutating func unlink(_ request: RequestID, from queue: inout RequestQueue) {
        let (previous, next) = (records[request.index].previous, records[request.index].next)
        if let previous { records[previous.index].next = next } else { queue.head = next }
        if let next { records[next.index].previous = previous } else { queue.tail = previous }
        queue.count -= 1
    }

    var liveRequests: [RequestID] {
        records.indices.lazy.filter { records[$0].state != .free }.map { RequestID($0) }
    }
}
