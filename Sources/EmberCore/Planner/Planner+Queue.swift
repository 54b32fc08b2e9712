// The waiting room: one queue per instance, so that requests of one model are served together.
extension Planner {
    /// Whether no further request may wait for the instance.
    @inline(__always)
    func isQueueFull(for instance: InstanceID) -> Bool {
        edge.waiting >= edge.settings.queueLimit || edge[instance].waiting >= edge.settings.queueLimitPerInstance
    }

    mutating func enqueue(_ request: RequestID, _ effects: inout [Effect]) {
        let instance = requests[request].instance
        if edge.waiting >= edge.settings.queueLimit, !makePlace(for: request, among: queued, .queueFull, &effects) {
            return offloadOrReject(request, .queueFull, .queueFull, &effects)
        }
        if edge[instance].waiting >= edge.settings.queueLimitPerInstance,
            !makePlace(for: request, among: [instance], .modelQueueFull, &effects)
        {
            return offloadOrReject(request, .queueFull, .modelQueueFull, &effects)
        }
        requests.append(request, to: &edge[instance].queue)
        didEnqueue(request, &effects)
    }

    /// A request whose engine failed keeps its turn; the limits held it once already.
    mutating func enqueueAgain(_ request: RequestID, _ effects: inout [Effect]) {
        requests.insert(request, into: &edge[requests[request].instance].queue)
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
                planner.edge[instance].queue.round = max(
                    planner.edge[instance].queue.round, planner.requests[request].round)
                planner.unqueue(request)
            }
        }
    }

    mutating func rejectOverdue(_ effects: inout [Effect]) {
        forEachQueued { planner, instance in
            if planner.edge[instance].queue.firstDue <= planner.edge.now { planner.endDue(of: instance, &effects) }
            planner.giveUpReservation(of: instance)
        }
    }

    private mutating func endDue(of instance: InstanceID, _ effects: inout [Effect]) {
        var next = edge[instance].queue.head
        while let request = next {
            next = requests[request].next
            guard requests[request].due <= edge.now else { continue }
            unqueue(request)
            endLate(request, &effects)
        }
    }

    /// The request has waited, or would wait, for longer than it may.
    mutating func endLate(_ request: RequestID, _ effects: inout [Effect]) {
        if let deadline = requests[request].terms.deadlineSeconds, deadline < edge.settings.maxWaitSeconds {
            offloadOrReject(request, .deadline, .deadline, &effects)
        } else {
            offloadOrReject(request, .waitedTooLong, .waitedTooLong, &effects)
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

    /// Since when somebody has waited for the instance.
    func waitingSince(_ instance: InstanceID) -> Time { edge[instance].queue.oldest }

    /// Whether a request has waited for the instance for at least so many seconds; see `nextWake` for the instant.
    func hasWaited(_ instance: InstanceID, _ seconds: Double) -> Bool {
        edge.now >= waitingSince(instance) + seconds
    }

    /// Whether a request for an absent instance has lost its patience: no younger newcomer goes before it.
    @inline(__always)
    var isSomeoneStarving: Bool { edge.waiting > 0 && queued.contains { isStarving($0) } }

    private func isStarving(_ instance: InstanceID) -> Bool {
        edge[instance].phase == .absent && edge[instance].mayBegin(edge.now)
            && hasWaited(instance, edge.settings.patienceSeconds)
    }

    public var nextWake: Time? {
        var wake = Time.distantFuture
        func consider(_ time: Time) { if time > edge.now { wake = min(wake, time) } }
        for instance in queued {
            let arrival = waitingSince(instance)
            consider(edge[instance].queue.firstDue)
            if let relief = edge.energy?.nextRelief(after: edge.now) { consider(relief) }
            guard edge[instance].phase == .absent else { continue }
            consider(arrival + edge.settings.gateWaitSeconds)
            consider(arrival + edge.settings.patienceSeconds)
            consider(edge[instance].notBefore)
        }
        if let nextLook { consider(nextLook) }
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
