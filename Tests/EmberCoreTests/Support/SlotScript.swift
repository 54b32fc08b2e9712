import EmberCore

/// A planner driven slot by slot by hand: loads and unloads are done at once, what runs ends with the slot.
struct SlotScript {
    private(set) var script: Script
    private var slot = 0
    private var running: [RequestID] = []
    private var requests = 0
    private let tokens: Int

    init(_ policy: String, _ catalogue: Catalogue, budget: Int, tokens: Int = 0) throws {
        var settings = PlannerSettings(budget: Bytes(budget))
        settings.time = .slots
        settings.queue.residencyPerLoad = 0
        settings.queue.gateWaitSeconds = 0
        script = try Script(policy, catalogue, settings)
        self.tokens = tokens
    }

    var edge: EdgeState { script.edge }

    /// All requests of the pair in this slot; whether they run at the edge.
    @discardableResult
    mutating func batch(_ model: Int, _ count: Int, service: Int = 0) -> Bool {
        let request = RequestID(requests)
        requests += 1
        running.append(request)
        let event = Event.batchArrived(
            request, service: ServiceID(service), model: ModelID(model), count: count, offloadable: true)
        return carryOut(script.at(Double(slot), event))
    }

    mutating func endSlot() {
        for request in running { script.at(Double(slot), .requestFinished(request, tokens: tokens)) }
        running.removeAll()
        script.at(Double(slot), .slotEnded)
        slot += 1
    }

    private mutating func carryOut(_ effects: [Effect]) -> Bool {
        var runsAtEdge = false
        for effect in effects {
            switch effect {
            case .beginLoad(let instance):
                runsAtEdge = carryOut(script.at(Double(slot), .loadFinished(instance))) || runsAtEdge
            case .beginUnload(let instance, _):
                runsAtEdge = carryOut(script.at(Double(slot), .unloadFinished(instance))) || runsAtEdge
            case .dispatch: runsAtEdge = true
            default: break
            }
        }
        return runsAtEdge
    }
}
