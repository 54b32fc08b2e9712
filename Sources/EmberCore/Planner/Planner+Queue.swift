// The waiting room: one queue per instance, so that requests of one model are served together.
extension Planner {
    /// Whether no further request may wait for the instance.
    func isQueueFull(for instance: InstanceID) -> Bool {
        edge.waiting >= edge.settings.queueLimit || edge[instance].waiting >= edge.settings.queueLimitPerInstance
    }

    mutating func enqueue(_ request: RequestID, _ effects: inout [Effect]) {
        let instance = requests[request].instance
        if edge.waiting >= edge.settings.queueLimit {
            return offloadOrReject(request, .queueFull, .queueFull, &effects)
        }
        if edge[instance].waiting >= edge.settings.queueLimitPerInstance {
            return offloadOrReject(request, .queueFull, .modelQueueFull, &effects)
        }
        requests.append(request, to: &edge[instance].queue)
        didEnqueue(request, &effects)
    }

    /// A request whose engine failed goes before all that arrived after it; the limits held it once already.
    mutating func enqueueAgain(_ request: RequestID, _ effects: inout [Effect]) {
        requests.insertByArrival(request, into: &edge[requests[request].instance].queue)
        didEnqueue(request, &effects)
    }

    private mutating func didEnqueue(_ request: RequestID, _ effects: inout [Effect]) {
        let instance = requests[request].instance
        if edge[instance].waiting == 1 { queued.append(instance) }
        edge.waiting += 1
        effects.append(.enqueue(request))
    }

    mutating func unqueue(_ request: RequestID) {
        let instance = requests[request].instance
        requests.unlink(request, from: &edge[instance].queue)
        edge.waiting -= 1
        if edge[instance].waiting == 0 {
            queued.removeAll { $0 == instance }
            rankIfFree(instance)
        }
    }

    /// Dispatches what waits for resident instances, as far as their slots and contexts go.
    mutating func runWaiting(_ effects: inout [Effect]) {
        for instance in queued where edge[instance].phase == .resident && !edge[instance].isDraining {
            runQueue(of: instance, &effects)
        }
    }

    private mutating func runQueue(of instance: InstanceID, _ effects: inout [Effect]) {
        while let request = edge[instance].queue.head, run(request, &effects) { unqueue(request) }
    }

    mutating func rejectOverdue(_ effects: inout [Effect]) {
        for instance in queued {
            while let request = edge[instance].queue.head, hasWaited(instance, edge.settings.maxWaitSeconds) {
                unqueue(request)
                offloadOrReject(request, .waitedTooLong, .waitedTooLong, &effects)
            }
            giveUpReservation(of: instance)
        }
    }

    /// Refuses, or offloads, everything that waits for an instance that will not start.
    mutating func refuseQueue(
        of instance: InstanceID, _ reason: OffloadReason, _ rejection: Rejection, _ effects: inout [Effect]
    ) {
        while let request = edge[instance].queue.head {
            unqueue(request)
            offloadOrReject(request, reason, rejection, &effects)
        }
    }

    /// Sends to the cloud what may go there and waits for an instance that is not coming soon.
    mutating func offloadQueue(of instance: InstanceID, _ reason: OffloadReason, _ effects: inout [Effect]) {
        var next = edge[instance].queue.head
        while let request = next {
            next = requests[request].next
            if requests[request].offloadable {
                unqueue(request)
                offload(request, reason, &effects)
            }
        }
    }

    /// Since when the first request in the instance's queue has waited.
    func waitingSince(_ instance: InstanceID) -> Time {
        edge[instance].queue.head.map { requests[$0].arrival } ?? .distantFuture
    }

    /// Whether a request has waited for the instance for at least so many seconds; see `nextWake` for the instant.
    func hasWaited(_ instance: InstanceID, _ seconds: Double) -> Bool {
        edge.now >= waitingSince(instance) + seconds
    }

    /// Whether a request for an absent instance has lost its patience: no younger newcomer goes before it.
    var isSomeoneStarving: Bool {
        edge.waiting > 0
            && queued.contains {
                edge[$0].phase == .absent && edge[$0].notBefore <= edge.now
                    && hasWaited($0, edge.settings.patienceSeconds)
            }
    }

    public var nextWake: Time? {
        var wake = Time.distantFuture
        func consider(_ time: Time) { if time > edge.now { wake = min(wake, time) } }
        for instance in queued {
            let arrival = waitingSince(instance)
            consider(arrival + edge.settings.maxWaitSeconds)
            if let relief = edge.energy?.nextRelief(after: edge.now) { consider(relief) }
            guard edge[instance].phase == .absent else { continue }
            consider(arrival + edge.settings.gateWaitSeconds)
            consider(arrival + edge.settings.patienceSeconds)
            consider(edge[instance].notBefore)
        }
        let someoneWaits = edge.waiting > 0
        guard someoneWaits || edge.catalogue.hasIdleTTL else { return wake == .distantFuture ? nil : wake }
        for instance in edge.inMemory.lazy.map({ edge[$0] }) where instance.phase == .resident {
            if someoneWaits { consider(instance.protectedUntil(edge.settings)) }
            if let ttl = edge.catalogue[instance.model].idleTTLSeconds, instance.inFlight == 0 {
                consider(max(instance.lastUsed + ttl, instance.protectedUntil(edge.settings)))
            }
        }
        return wake == .distantFuture ? nil : wake
    }
}
