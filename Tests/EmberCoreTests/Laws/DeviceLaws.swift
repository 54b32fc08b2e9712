import EmberCore
import Testing

/// Several devices are as many machines for as long as no model may be on more than one.
@Suite struct DeviceLaws {
    @Test(arguments: ["lru", "fifo", "lfu-gated", "least-context", "least-context-gated"])
    func twoDevicesAreTwoMachines(policy: String) throws {
        let entry = try #require(PolicyCatalog.entry(named: policy))
        var loads = 0
        for seed in seeds(8) {
            let scenario = apart(seed: seed)
            var edge = SimulatedEdge(entry, scenario, seed: seed)
            edge.run()
            #expect(edge.audit.violations.isEmpty, "\(policy), seed \(seed): \(edge.audit.violations)")
            for device in 0...1 {
                let difference = firstDifference(edge.steps, entry, scenario, device, seed)
                #expect(difference == nil, "\(policy), seed \(seed), device \(device): \(difference ?? "")")
            }
            loads += edge.audit.loads
        }
        #expect(loads > 200)
    }

    /// Models with even ids are kept to the first device, the others to the second; nothing else joins them.
    private func apart(seed: UInt64) -> Scenario {
        var lots = SeededGenerator(seed: seed &* 31)
        var settings = PlannerSettings(budget: .zero)
        settings.devices = [Bytes(lots.whole(60...100)), Bytes(lots.whole(60...100))]
        settings.queue.limit = 10_000
        settings.queue.limitPerInstance = lots.whole(3...30)
        settings.queue.maxWaitSeconds = lots.number(5...60)
        settings.queue.patienceSeconds = lots.number(0...6)
        settings.queue.gateWaitSeconds = lots.number(0...2)
        settings.queue.residencyPerLoad = lots.number(0...2)
        let catalogue = plainCatalogue(
            bytes: (0..<7).map { _ in lots.whole(5...65) }, services: 2, parallel: 3
        ) { model, index in
            model.devices = DeviceRule(devices: [index % 2])
            model.isPinned = lots.happens(0.1)
            model.idleTTLSeconds = lots.happens(0.3) ? lots.number(0.5...20) : nil
            if lots.happens(0.4) {
                model.learnt = LearntMemory(resting: Bytes(lots.whole(1...100)), peak: Bytes(lots.whole(0...40)))
            }
        }
        var scenario = Scenario(catalogue: catalogue, settings: settings)
        scenario.requests = 250
        scenario.meanGapSeconds = lots.number(0.05...0.8)
        scenario.faults = Scenario.Faults(
            loadFails: 0.1, requestFails: 0.1, cancelled: 0.1, engineDies: 0.05, measured: 0.1, peaks: 0.5,
            operatorActs: 0.05)
        return scenario
    }

    /// A machine with that device alone gets the events of its models, and must have the same effects.
    private func firstDifference(
        _ steps: [Step], _ entry: PolicyEntry, _ scenario: Scenario, _ device: Int, _ seed: UInt64
    ) -> String? {
        let models = scenario.catalogue.models.enumerated().map { index, model in
            // The others are never asked for.
            index % 2 == device ? model : ModelSpec(name: model.name)
        }
        let catalogue = Catalogue(models: models, services: scenario.catalogue.services)
        var settings = scenario.settings
        settings.budget = settings.devices[device]
        var planner = entry.planner(for: catalogue, settings: settings, seed: seed)
        var owners: [RequestID: Int] = [:]
        for (number, step) in steps.enumerated() {
            var effects: [Effect] = []
            let isOwn = owner(of: step.event, &owners).map { $0 == device } ?? true
            planner.handle(isOwn ? step.event : .tick, at: step.time, into: &effects)
            let expected = step.effects.filter { owner(of: $0, owners) == device }
            if effects != expected { return "step \(number), \(step.event): \(effects), not \(expected)" }
        }
        return nil
    }

    /// The device of what an event is about; nil: of all.
    private func owner(of event: Event, _ owners: inout [RequestID: Int]) -> Int? {
        switch event {
        case .requestArrived(let request, _, let model, _, _):
            owners[request] = model.index % 2
            return model.index % 2
        case .requestFinished(let request, _, _, _), .requestFailed(let request, _), .requestCancelled(let request):
            return owners[request] ?? nil
        case .loadFinished(let instance), .loadFailed(let instance), .unloadFinished(let instance),
            .engineDied(let instance), .engineOverran(let instance, _, _), .footprintMeasured(let instance, _, _),
            .footprintForgotten(let instance), .loadRequested(let instance), .unloadRequested(let instance):
            return instance.index % 2
        default: return nil
        }
    }

    private func owner(of effect: Effect, _ owners: [RequestID: Int]) -> Int? {
        switch effect {
        case .beginLoad(let instance), .beginUnload(let instance, _), .makeRoom(let instance, _): instance.index % 2
        case .dispatch(let request, _), .offload(let request, _), .enqueue(let request), .reject(let request, _),
            .trial(let request):
            owners[request]
        }
    }
}
