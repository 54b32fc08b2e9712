// Requests wait (rules 9, 13, 14 and 18).
extension Planner {
    mutating func enqueue(_ request: RequestID) {
        let instance = requests[request].instance
        if edge.room.isFull(edge.settings), !makePlace(for: request, among: edge.room.instances, .queueFull) {
            return offloadOrReject(request, .queueFull, .queueFull)
        }
        if edge.room.isFull(for: instance, edge.settings),
            !makePlace(for: request, among: [instance], .modelQueueFull)
        {
            return offloadOrReject(request, .queueFull, .modelQueueFull)
        }
        requests[request].round = edge.room.join(request, requests[request].waiting)
        effects.append(.enqueue(request))
    }

    /// A request whose engine failed keeps its turn; the limits held it once already.
    mutating func enqueueAgain(_ request: RequestID) {
        edge.room.rejoin(request, requests[request].waiting, round: requests[request].round)
        effects.append(.enqueue(request))
    }

    /// Ends the last request of the flow with the most among those that wait, if the newcomer's flow has at least two
    /// fewer.
    ///
    /// - Returns: whether there is a place now. O(requests that wait).
    private mutating func makePlace(
        for newcomer: RequestID, among instances: [InstanceID], _ rejection: Rejection
    ) -> Bool {
        // One that may be offloaded has another place.
        guard !requests[newcomer].offloadable,
            let last = edge.room.requestToGiveUp(for: requests[newcomer].flow, among: instances)
        else { return false }
        edge.room.leave(last)
        offloadOrReject(last, .queueFull, rejection)
        if requests[last].instance != requests[newcomer].instance { giveUpReservation(of: requests[last].instance) }
        return true
    }

    /// Dispatches what waits for residents, as far as their slots, memory and energy go.
    mutating func runWaiting() {
        forEachQueued { planner, instance in
            guard planner.edge[instance].isInService else { return }
            while let request = planner.edge.room.first(for: instance), planner.run(request) {
                planner.edge.room.serve(request)
            }
        }
    }

    mutating func endOverdue() {
        forEachQueued { planner, instance in
            for request in planner.edge.room.due(for: instance, at: planner.edge.now) {
                planner.edge.room.leave(request)
                planner.endLate(request)
            }
            planner.giveUpReservation(of: instance)
        }
    }

    /// The request has waited, or would wait, for longer than it may.
    mutating func endLate(_ request: RequestID) {
        if let deadline = requests[request].terms.deadlineSeconds, deadline < edge.settings.maxWaitSeconds {
            offloadOrReject(request, .deadline, .deadline)
        } else {
            offloadOrReject(request, .waitedTooLong, .waitedTooLong)
        }
    }

    /// Goes through the instances that requests wait for, while the one at hand may cease to be one.
    private mutating func forEachQueued(_ body: (inout Self, InstanceID) -> Void) {
        var place = 0
        while place < edge.room.instances.count {
            let instance = edge.room.instances[place]
            body(&self, instance)
            if place < edge.room.instances.count, edge.room.instances[place] == instance { place += 1 }
        }
    }

    /// Offloads or rejects everything that waits for an instance that will not start.
    mutating func refuseQueue(of instance: InstanceID, _ reason: OffloadReason, _ rejection: Rejection) {
        while let request = edge.room.first(for: instance) {
            edge.room.leave(request)
            offloadOrReject(request, reason, rejection)
        }
    }

    /// Offloads what may be and waits for an instance that will not start soon.
    mutating func offloadQueue(of instance: InstanceID, _ reason: OffloadReason) {
        for request in edge.room.requests(for: instance) where requests[request].offloadable {
            edge.room.leave(request)
            offload(request, reason)
        }
    }
}
