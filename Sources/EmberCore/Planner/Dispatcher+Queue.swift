// Requests wait (rules 9, 13, 14 and 18).
extension Dispatcher {
    mutating func enqueue(_ request: RequestID, _ edge: inout EdgeState) {
        let instance = requests[request].instance
        if edge.room.isFull(edge.settings), !makeRoom(for: request, among: edge.room.instances, .queueFull, &edge) {
            return turnAway(request, .queueFull, .queueFull, &edge)
        }
        if edge.room.isFull(for: instance, edge.settings),
            !makeRoom(for: request, among: [instance], .modelQueueFull, &edge)
        {
            return turnAway(request, .queueFull, .modelQueueFull, &edge)
        }
        requests[request].round = edge.room.join(request, requests[request].waiting)
        effects.append(.enqueue(request))
    }

    /// A request whose engine failed keeps its turn; the limits held it once already.
    mutating func enqueueAgain(_ request: RequestID, _ edge: inout EdgeState) {
        edge.room.rejoin(request, requests[request].waiting, round: requests[request].round)
        effects.append(.enqueue(request))
    }

    /// Ends the last request of the flow with the most among those that wait, if the newcomer's flow has at least two
    /// fewer.
    ///
    /// - Returns: whether there is room now. O(requests that wait).
    private mutating func makeRoom(
        for newcomer: RequestID, among instances: [InstanceID], _ rejection: Rejection, _ edge: inout EdgeState
    ) -> Bool {
        // One that may be offloaded has another place.
        guard !requests[newcomer].offloadable,
            let last = edge.room.requestToGiveUp(for: requests[newcomer].flow, among: instances)
        else { return false }
        edge.room.leave(last)
        turnAway(last, .queueFull, rejection, &edge)
        if requests[last].instance != requests[newcomer].instance {
            edge.withdrawUnwanted(requests[last].instance)
        }
        return true
    }

    /// Dispatches what waits for residents, as far as their slots, memory and energy go.
    mutating func runWaiting(_ edge: inout EdgeState) {
        forEachQueued(&edge) { dispatcher, edge, instance in
            guard edge[instance].isInService else { return }
            while let request = edge.room.first(for: instance), dispatcher.run(request, &edge) {
                edge.room.serve(request)
            }
        }
    }

    mutating func endOverdue(_ edge: inout EdgeState) {
        forEachQueued(&edge) { dispatcher, edge, instance in
            for request in edge.room.due(for: instance, at: edge.now) {
                edge.room.leave(request)
                dispatcher.endLate(request, &edge)
            }
            edge.withdrawUnwanted(instance)
        }
    }

    /// The request has waited, or would wait, for longer than it may.
    mutating func endLate(_ request: RequestID, _ edge: inout EdgeState) {
        if let deadline = requests[request].terms.deadlineSeconds, deadline < edge.settings.queue.maxWaitSeconds {
            turnAway(request, .deadline, .deadline, &edge)
        } else {
            turnAway(request, .waitedTooLong, .waitedTooLong, &edge)
        }
    }

    /// Goes through the instances that requests wait for, while the one at hand may cease to be one.
    private mutating func forEachQueued(
        _ edge: inout EdgeState, _ body: (inout Self, inout EdgeState, InstanceID) -> Void
    ) {
        var place = 0
        while place < edge.room.instances.count {
            let instance = edge.room.instances[place]
            body(&self, &edge, instance)
            if place < edge.room.instances.count, edge.room.instances[place] == instance { place += 1 }
        }
    }

    /// Offloads or rejects everything that waits for an instance that will not start.
    mutating func refuseQueue(
        of instance: InstanceID, _ reason: OffloadReason, _ rejection: Rejection, _ edge: inout EdgeState
    ) {
        while let request = edge.room.first(for: instance) {
            edge.room.leave(request)
            turnAway(request, reason, rejection, &edge)
        }
    }

    /// Turns away what waits for the instance and asks for a model that is to go (rule 46).
    mutating func refuseRetired(of instance: InstanceID, _ edge: inout EdgeState) {
        for request in edge.room.requests(for: instance) where edge.catalogue[requests[request].model].isRetired {
            edge.room.leave(request)
            turnAway(request, .modelRemoved, .modelRemoved, &edge)
        }
        edge.withdrawUnwanted(instance)
    }

    /// Offloads what may be and waits for an instance that will not start soon.
    mutating func offloadQueue(of instance: InstanceID, _ reason: OffloadReason, _ edge: inout EdgeState) {
        for request in edge.room.requests(for: instance) where requests[request].offloadable {
            edge.room.leave(request)
            offload(request, reason, edge)
        }
    }
}
