// A full waiting room: whoever has taken the most places gives one up for somebody who has few.
extension Planner {
    /// Ends the last request of the flow with the most among those that wait, if the newcomer's flow has at least two fewer.
    ///
    /// - Returns: whether there is a place now. O(requests that wait).
    mutating func makePlace(
        for newcomer: RequestID, among instances: [InstanceID], _ rejection: Rejection, _ effects: inout [Effect]
    ) -> Bool {
        // It has somewhere else to go.
        guard !requests[newcomer].offloadable else { return false }
        var flows: [Flow: Places] = [:]
        for instance in instances {
            requests.forEach(in: edge[instance].queue) {
                flows[requests[$0].flow, default: Places()].add($0, requests[$0])
            }
        }
        let own = flows[requests[newcomer].flow]?.count ?? 0
        guard let largest = flows.values.max(), let last = largest.last, own + 1 < largest.count else { return false }
        unqueue(last)
        offloadOrReject(last, .queueFull, rejection, &effects)
        if requests[last].instance != requests[newcomer].instance { giveUpReservation(of: requests[last].instance) }
        return true
    }
}

/// How many requests of a flow wait, and which of them came last; of flows with as many, the one that came last is the larger.
private struct Places: Comparable {
    var count = 0
    var last: RequestID?
    private var arrival = Time.zero

    mutating func add(_ request: RequestID, _ record: RequestRecord) {
        count += 1
        guard let last, (record.arrival, request) < (arrival, last) else {
            (last, arrival) = (request, record.arrival)
            return
        }
    }

    static func < (a: Places, b: Places) -> Bool {
        (a.count, a.arrival, a.last?.index ?? 0) < (b.count, b.arrival, b.last?.index ?? 0)
    }
}
