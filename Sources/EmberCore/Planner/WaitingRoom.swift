/// The requests that wait: a queue for each instance, so that requests of one model are served together. It owns what
/// waits, in which order, and until when.
struct WaitingRoom: Codable, Sendable {
    /// By instance.
    private var queues: [RequestQueue]
    /// By request; nil: it does not wait.
    private var requests: [WaitingRequest?] = []
    /// Instances that requests wait for, in the order in which they came to hold one.
    private(set) var instances: [InstanceID] = []
    /// Over all instances.
    private(set) var count = 0
    /// Instances that no request waits for any more.
    var changed = ChangedInstances()

    init(instances: Int) { queues = Array(repeating: RequestQueue(), count: instances) }

    @inline(__always)
    func count(for instance: InstanceID) -> Int { queues[instance.index].count }

    /// The request whose turn is next.
    @inline(__always)
    func first(for instance: InstanceID) -> RequestID? { queues[instance.index].head }

    /// Those that wait for the instance, in the order of their turns.
    func requests(for instance: InstanceID) -> [RequestID] {
        var all: [RequestID] = []
        queues[instance.index].forEach(requests) { request, _ in all.append(request) }
        return all
    }

    /// The round that the instance serves.
    @inline(__always)
    func round(of instance: InstanceID) -> Int { queues[instance.index].round }

    /// The earliest arrival of those that wait for the instance; in the distant future when none waits.
    func waitingSince(_ instance: InstanceID) -> Time { queues[instance.index].oldest }

    /// When the first of them is due.
    func firstDue(for instance: InstanceID) -> Time { queues[instance.index].firstDue }

    /// Those that wait for the instance and are due, in the order of their turns.
    func due(for instance: InstanceID, at now: Time) -> [RequestID] {
        guard firstDue(for: instance) <= now else { return [] }
        return requests(for: instance).filter { requests[$0.index]!.due <= now }
    }

    /// Whether no further request may wait.
    @inline(__always)
    func isFull(_ settings: PlannerSettings) -> Bool { count >= settings.queue.limit }

    /// Whether no further request may wait for the instance.
    @inline(__always)
    func isFull(for instance: InstanceID, _ settings: PlannerSettings) -> Bool {
        queues[instance.index].count >= settings.queue.limitPerInstance
    }

    /// How many of those that wait for the instance have their turn before a newcomer. O(those).
    func ahead(of flow: Flow, arrival: Time, for instance: InstanceID) -> Int {
        let queue = queues[instance.index]
        return queue.count > 0 ? queue.ahead(of: flow, arrival: arrival, requests) : 0
    }

    @inline(__always)
    func ahead(of record: RequestRecord) -> Int {
        ahead(of: record.flow, arrival: record.arrival, for: record.instance)
    }

    /// The request that gives its place to a newcomer: the last of the flow with the most that wait for these
    /// instances, if the newcomer's flow has at least two fewer. O(requests that wait).
    func requestToGiveUp(for newcomer: Flow, among instances: [InstanceID]) -> RequestID? {
        var flows: [Flow: Places] = [:]
        for instance in instances {
            queues[instance.index].forEach(requests) { flows[$1.flow, default: Places()].add($0, $1.arrival) }
        }
        let own = flows[newcomer]?.count ?? 0
        guard let largest = flows.values.max(), own + 1 < largest.count else { return nil }
        return largest.last
    }
}

extension WaitingRoom {
    /// Lets a request wait, in the first round in which its flow has none yet.
    ///
    /// - Returns: its round.
    mutating func join(_ request: RequestID, _ waiting: WaitingRequest) -> Int {
        let round = queues[waiting.instance.index].nextRound(of: waiting.flow, requests)
        rejoin(request, waiting, round: round)
        return round
    }

    /// Lets a request wait that keeps its turn.
    mutating func rejoin(_ request: RequestID, _ waiting: WaitingRequest, round: Int) {
        var waiting = waiting
        waiting.round = round
        while requests.count <= request.index { requests.append(nil) }
        precondition(requests[request.index] == nil, "the request waits already")
        queues[waiting.instance.index].insert(request, waiting, &requests)
        count += 1
        if queues[waiting.instance.index].count == 1 { instances.append(waiting.instance) }
    }

    /// A request has been dispatched: its round is the one that is served.
    mutating func serve(_ request: RequestID) {
        let gone = leave(request)
        queues[gone.instance.index].serve(round: gone.round)
    }

    /// A request waits no longer.
    @discardableResult
    mutating func leave(_ request: RequestID) -> WaitingRequest {
        let instance = requests[request.index]!.instance
        count -= 1
        let gone = queues[instance.index].remove(request, &requests)
        if queues[instance.index].count == 0 {
            instances.removeAll { $0 == instance }
            changed.insert(instance)
        }
        return gone
    }
}

extension WaitingRoom {
    /// The catalogue changes; what requests wait for stays.
    mutating func move(_ map: CatalogueMap) {
        queues = map.moved(queues, fresh: RequestQueue())
        for index in requests.indices { requests[index]?.move(map) }
        instances = instances.compactMap { map[$0] }
    }
}

/// How many requests of a flow wait, and which of them came last. Of flows with as many, the one that came last is the
/// larger.
private struct Places: Comparable {
    var count = 0
    var last: RequestID?
    private var arrival = Time.zero

    mutating func add(_ request: RequestID, _ arrival: Time) {
        count += 1
        guard let last, (arrival, request) < (self.arrival, last) else {
            (self.last, self.arrival) = (request, arrival)
            return
        }
    }

    static func < (a: Places, b: Places) -> Bool {
        (a.count, a.arrival, a.last?.index ?? 0) < (b.count, b.arrival, b.last?.index ?? 0)
    }
}
