import EmberCore
import EmberDocument

/// Writes a run's decisions down as JSON Lines: one a request or batch, and one for each load or unload that no request
/// asked for, and for each load that is charged by the time it took. The terms of all lines together are the run's.
///
/// Memory: the requests under way and `bufferBytes`, whatever the length of the run.
public final class DecisionLog: RunObserver {
    private static let bufferBytes = 1 << 16

    private let names: DecisionNames
    private let write: (String) throws -> Void
    private var buffer = ""
    private var failure: (any Error)?
    /// What is known so far of requests that have not ended.
    private var open: [RequestID: DecisionLine] = [:]
    private var ledger = CostLedger()

    let needsDecisions = true

    /// - Parameter write: takes whole lines; once it has thrown nothing more is written, and `finish` throws the same.
    init(_ scenario: Scenario, write: @escaping (String) throws -> Void) {
        names = DecisionNames(catalogue: scenario.catalogue, time: scenario.settings.time)
        self.write = write
    }

    /// Writes what is left; to be called once, after the run.
    public func finish() throws {
        flush()
        if let failure { throw failure }
    }

    func saw(_ event: Event, _ effects: [Effect], _ decisions: [Decision], _ edge: EdgeState) {
        let costs = edge.ledger.costs - ledger.costs
        ledger = edge.ledger
        switch event {
        case .batchArrived(let request, let service, let model, let count, _):
            open[request] = DecisionLine(edge.now, edge.catalogue.pair(service, model), count)
        case .requestArrived(let request, let service, let model, _, _):
            open[request] = DecisionLine(edge.now, edge.catalogue.pair(service, model), 1)
        default: break
        }
        for case .dispatch(let request, _) in effects { open[request]?.route = .edge }
        for case .offload(let request, let reason) in effects { open[request]?.route = .cloud(reason) }
        for case .reject(let request, let rejection) in effects { open[request]?.route = .rejected(rejection) }
        if let request = event.request, open[request] != nil {
            open[request]?.add(costs, effects, decisions)
        } else if effects.contains(where: \.movesMemory) || costs != CostVector() {
            var line = DecisionLine(edge.now, nil, 0)
            line.add(costs, effects, decisions)
            put(line)
        }
        if let request = event.endedRequest, let line = open.removeValue(forKey: request) { put(line) }
        for case .reject(let request, _) in effects { if let line = open.removeValue(forKey: request) { put(line) } }
    }

    private func put(_ line: DecisionLine) {
        guard failure == nil else { return }
        buffer += line.json(names).lineText + "\n"
        if buffer.utf8.count >= Self.bufferBytes { flush() }
    }

    private func flush() {
        guard failure == nil, !buffer.isEmpty else { return }
        do { try write(buffer) } catch { failure = error }
        buffer.removeAll(keepingCapacity: true)
    }
}

extension Event {
    /// The request that the event is about.
    fileprivate var request: RequestID? {
        if case .requestArrived(let request, _, _, _, _) = self { return request }
        if case .batchArrived(let request, _, _, _, _) = self { return request }
        return endedRequest
    }

    fileprivate var endedRequest: RequestID? {
        switch self {
        case .requestFinished(let request, _, _, _), .requestCancelled(let request): request
        default: nil
        }
    }
}

extension Effect {
    fileprivate var movesMemory: Bool {
        switch self {
        case .beginLoad, .beginUnload: true
        default: false
        }
    }
}
