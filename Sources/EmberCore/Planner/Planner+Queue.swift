// The waiting room: one queue per instance, so that requests of one model are served together.
extension Planner {
    /// Whether no further request may wait for the instance.
    @inline(__always)
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
        forEachQueued { planner, instance in
            guard planner.edge[instance].phase == .resident, !planner.edge[instance].isDraining else { return }
            while let request = planner.edge[instance].queue.head, planner.run(request, &effects) {
                planner.unqueue(request)
            }
        }
    }

    mutating func rejectOverdue(_ effects: inout [Effect]) {
        forEachQueued { planner, instance in
            while let request = planner.edge[instance].queue.head,
                planner.hasWaited(instance, planner.edge.settings.maxWaitSeconds)
            {
                planner.unqueue(request)
                planner.offloadOrReject(request, .waitedTooLong, .waitedTooLong, &effects)
            }
            planner.giveUpReservation(of: instance)
        }
    }

    /// Goes through the instances that requests wait for, while the one at hand may cease to be one.
    private mutating func forEachQueued(_ body: (inout Self, InstanceID) -> Void) {
        var place = 0
        while place < queued.count {
            let instance = queued[place]
            body(&self, instance)
            if place < queued.count, queued[place] == instance { place += 1 }
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
    @inline(__always)
    var isSomeoneStarving: Bool { edge.waiting > 0 && queued.contains { isStarving($0) } }

    private func isStarving(_ instance: InstanceID) -> Bool {
        edge[instance].phase == .absent && edge[instance].notBefore <= edge.now
            && hasWaited(instance, edge.settings.patienceSeconds)
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
