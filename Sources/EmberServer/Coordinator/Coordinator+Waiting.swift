import EmberCore

extension Coordinator {
    /// Whether other requests wait for the engine that has the request, or for which it waits; nil once it has ended.
    func othersWait(behind ticket: Ticket) -> Bool? {
        guard requests.contains(ticket) else { return nil }
        let life = requests[ticket.request]
        let model = life.server ?? life.model
        guard !life.isOffloaded, deployment[model].engine != nil else { return false }
        let waiting = edge.waiting(for: deployment.instance(of: model))
        if case .deciding = life.stage { return waiting > 1 }
        return waiting > 0
    }
}
