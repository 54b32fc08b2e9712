/// What the planner knows of one request.
struct RequestRecord: Codable, Sendable {
    enum State: String, Codable, Sendable { case free, waiting, running, offloaded }

    /// When an answer is worth how much.
    struct Limits: Codable, Sendable {
        /// When it is ended if it still waits.
        var due: Time
        /// The last instant at which the work on it may begin.
        let latest: Time

        init(due: Time, latest: Time) { (self.due, self.latest) = (due, latest) }

        /// - Parameter cloudSeconds: what the cloud is expected to need, where it may have the request.
        @inline(__always)
        init(_ terms: RequestTerms, at now: Time, _ cloudSeconds: Double?, _ settings: PlannerSettings) {
            latest = now + min(settings.queue.maxWaitSeconds, terms.deadlineSeconds ?? .infinity)
            // The cloud needs its time as well, where it can still make it.
            let needed = terms.deadlineSeconds == nil ? 0 : cloudSeconds ?? 0
            due = latest + -(needed < latest - now ? needed : 0)
        }
    }

    /// Where and when it was dispatched or offloaded last.
    struct Run: Codable, Sendable {
        var began = Time.zero
        /// The life of the instance in which it was dispatched.
        var life = 0
        /// A(kappa) at dispatch: the accuracy charged when it ends well.
        var accuracy = 0.0
        /// The energy that it was expected to take at dispatch, in joules.
        var joules = 0.0
    }

    /// What has come of it so far.
    struct Tries: Codable, Sendable {
        var attempts = 0
        /// Engines that were ended over the budget while they ran it.
        var overruns = 0
        /// Engines that have died while they ran it.
        var deaths = 0
        /// An engine that ran it alone was ended over the budget, and the next one would be ended as well.
        var needsTooMuch = false

        /// Tries that count against the limit: an engine that was ended over the budget may have been another request's
        /// doing.
        var counted: Int { attempts - min(overruns, 2) }
    }

    private(set) var service: ServiceID
    /// Where it runs or waits; another model's than it asks for where that stands in.
    var instance: InstanceID
    var model: ModelID
    var offloadable: Bool
    /// The requests it stands for: more than one for a slot's batch.
    let count: Int
    let arrival: Time
    private(set) var terms: RequestTerms
    var limits: Limits
    /// Its turn where it waits; see `RequestQueue`.
    var round = 0
    var state = State.waiting
    var run = Run()
    var tries = Tries()
}

extension RequestRecord {
    mutating func dispatched(at now: Time, life: Int, accuracy: Double) {
        state = .running
        run.began = now
        run.life = life
        run.accuracy = accuracy
    }

    mutating func offloaded(at now: Time) {
        state = .offloaded
        run.began = now
    }

    /// The cloud has failed it: from now on it is as one that cannot be offloaded.
    mutating func cameBack() {
        failed()
        offloadable = false
        limits.due = limits.latest
    }

    mutating func failed() {
        state = .waiting
        tries.attempts += 1
    }

    /// It may have at most these tokens: they have been counted.
    mutating func counted(_ tokens: Int) { terms.tokens = tokens }

    /// The catalogue changes; what live requests name stays.
    mutating func move(_ map: CatalogueMap) {
        service = map[service] ?? service
        model = map[model] ?? model
        instance = map.new.instance(service, model)
        terms.unfit = terms.unfit.compactMap { map[$0] }
    }

    /// Engines that have died of it, or of one like it.
    var allDeaths: Int { terms.deaths + tries.deaths }
    /// It is given an engine for itself alone, so that another death proves it.
    var isSuspect: Bool { allDeaths > 0 }

    var flow: Flow { Flow(tenant: terms.tenant, service: service) }

    /// As the waiting room knows it.
    var waiting: WaitingRequest { WaitingRequest(for: instance, flow, arrival: arrival, due: limits.due) }
}

/// All live requests, indexed by the small integers that the driver hands out.
struct RequestTable: Codable, Sendable {
    private var records: [RequestRecord] = []
    /// Requests that have neither ended nor been rejected.
    private(set) var live = 0

    private static let free = RequestRecord(
        service: ServiceID(0), instance: InstanceID(0), model: ModelID(0), offloadable: false, count: 0,
        arrival: .zero, terms: RequestTerms(), limits: RequestRecord.Limits(due: .zero, latest: .zero), state: .free)

    // Lent, not copied. What has ended can be read until its id is used again.
    subscript(request: RequestID) -> RequestRecord {
        @inline(__always) _read { yield records[request.index] }
        @inline(__always) _modify { yield &records[request.index] }
    }

    func isLive(_ request: RequestID) -> Bool {
        request.index < records.count && records[request.index].state != .free
    }

    mutating func insert(_ request: RequestID, _ record: consuming RequestRecord) {
        while records.count <= request.index { records.append(Self.free) }
        precondition(records[request.index].state == .free, "request id in use")
        records[request.index] = record
        live += 1
    }

    mutating func remove(_ request: RequestID) {
        records[request.index].state = .free
        live -= 1
    }

    /// An engine has died: what it ran is suspected of that. O(requests).
    mutating func countDeath(on instance: InstanceID, life: Int) {
        for request in running(on: instance, life: life) { records[request.index].tries.deaths += 1 }
    }

    /// An engine was ended over the budget. O(requests).
    ///
    /// - Parameter exceedsRoom: what the next life is expected to take has no room.
    mutating func countOverrun(on instance: InstanceID, life: Int, exceedsRoom: Bool) {
        let running = running(on: instance, life: life)
        for request in running {
            records[request.index].tries.overruns += 1
            records[request.index].tries.needsTooMuch =
                running.count == 1 && (exceedsRoom || records[request.index].tries.overruns > 1)
        }
    }

    /// The requests that run in that life of the instance.
    private func running(on instance: InstanceID, life: Int) -> [RequestID] {
        liveRequests.filter {
            self[$0].state == .running && self[$0].instance == instance && self[$0].run.life == life
        }
    }

    /// Whether all that live requests name stays.
    func allStay(_ map: CatalogueMap) -> Bool {
        records.allSatisfy { $0.state == .free || (map[$0.service] != nil && map[$0.model] != nil) }
    }

    mutating func move(_ map: CatalogueMap) {
        for index in records.indices where records[index].state != .free { records[index].move(map) }
    }

    var liveRequests: [RequestID] {
        records.indices.lazy.filter { records[$0].state != .free }.map { RequestID($0) }
    }
}
