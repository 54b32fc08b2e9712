import EmberCore

// What each effect may be about.
extension Audit {
    /// Checks an effect and takes it in; `before` is the planner's state before the event.
    func check(_ effect: Effect, before: EdgeState) {
        switch effect {
        case .beginLoad(let instance): beginLoad(instance)
        case .beginUnload(let instance, let reason): beginUnload(instance, reason, before)
        case .dispatch(let request, let instance): dispatch(request, to: instance)
        case .offload(let request, let reason): offload(request, reason)
        case .enqueue(let request):
            expect(isUnsettled(request), "\(effect): neither arriving nor failing")
            live[request]?.state = .waiting
        case .makeRoom(let instance, let tokens): letGo(tokens, on: instance)
        case .trial(let request):
            expect(isUnsettled(request) && live[request]?.offloadable == true, "\(effect): not one that could leave")
        case .reject(let request, let rejection):
            expect(isUnsettled(request) || live[request]?.state == .waiting, "\(effect): not waiting")
            expect(live[request]?.offloadable == false, "\(rejection) of a request that the cloud could answer")
            noteIfSentAway(request)
            live[request] = nil
            rejections += 1
        }
    }

    private func isUnsettled(_ request: RequestID) -> Bool {
        live[request]?.state == .arriving || live[request]?.state == .failing
    }

    private func beginLoad(_ instance: InstanceID) {
        expect(memory[instance] == nil, "load of \(instance), which is in memory")
        expect(catalogue[catalogue.model(of: instance)].placement == .edge, "load of a cloud model")
        memory[instance] = InMemory(began: now)
        loads += 1
    }

    private func beginUnload(_ instance: InstanceID, _ reason: UnloadReason, _ before: EdgeState) {
        let isLoadEnded = reason == .requested && memory[instance]?.state == .starting
        guard let engine = memory[instance], engine.state == .resident || isLoadEnded else {
            return violate("unload of \(instance), which is not resident")
        }
        if isLoadEnded { expect(waiting(for: instance).isEmpty, "\(instance) leaves those who wait for its load") }
        expect(running(on: instance).isEmpty, "unload of \(instance), which runs requests")
        let protectedUntil = engine.loadedAt + settings.queue.residencyPerLoad * (engine.loadedAt - engine.began)
        switch reason {
        case .evicted(let newcomer):
            expect(newcomer != instance, "\(instance) evicted for itself")
            expect(!isPinned(instance), "eviction of pinned \(instance)")
            expect(protectedUntil <= now, "eviction of \(instance), newly loaded")
            evictions += 1
        case .idle:
            let ttl = catalogue[catalogue.model(of: instance)].idleTTLSeconds ?? .infinity
            expect(engine.lastUsed + ttl <= now, "\(instance) unloaded as idle, last used \(engine.lastUsed)")
            expect(waiting(for: instance).isEmpty, "\(instance) unloaded as idle while requests wait")
            expect(!isPinned(instance) && protectedUntil <= now, "\(instance) may not be unloaded as idle")
        case .overBudget:
            let isDraining = before[instance].drainingFor == instance && before[instance].drainReason == .overBudget
            expect(isDraining || isOverBudgetAllowed, "\(instance) shed without need")
            expect(!isPinned(instance), "shedding of pinned \(instance)")
        case .requested: break
        }
        memory[instance]?.state = .stopping
    }

    private func dispatch(_ request: RequestID, to instance: InstanceID) {
        guard let record = live[request] else { return violate("dispatch of \(request), which has ended") }
        // Back from the cloud, it may find a free slot at once.
        let isUnsettled = record.state == .arriving || (record.state == .failing && !record.offloadable)
        expect(isUnsettled || record.state == .waiting, "dispatch of \(request), \(record.state)")
        let model = catalogue.model(of: instance)
        let isAllowed = record.instance == instance || catalogue[record.service].standIns.contains(model)
        expect(isAllowed, "dispatch of \(request) to \(instance), which is neither its model's nor a stand-in's")
        // A variant runs on its base's instance.
        expect(
            record.instance == instance || !record.unfit.contains(model),
            "dispatch of \(request) to \(instance), which cannot serve it")
        live[request]?.instance = instance
        expect(isResident(instance), "dispatch to \(instance), which is not resident")
        let older = waiting(for: instance).contains { other in
            live[other].map {
                $0.came < record.came && $0.tenant == record.tenant && $0.service == record.service
            } == true
        }
        expect(!older || record.cameBack, "\(request) dispatched before an older one of its flow")
        let suspects = ([request] + running(on: instance)).filter { live[$0]?.deaths ?? 0 > 0 }
        expect(suspects.isEmpty || running(on: instance).isEmpty, "\(request) dispatched, \(suspects) are not alone")
        expect(
            record.deaths < 2 || settings.failures.deathLimit == nil,
            "\(request) dispatched, which engines have died of")
        live[request]?.state = .running
        live[request]?.hasRun = true
        memory[instance]?.lastUsed = now
        let parallel = catalogue[catalogue.model(of: instance)].parallel
        expect(running(on: instance).count <= parallel, "more than \(parallel) requests on \(instance)")
        checkTokens(of: instance)
    }

    private func offload(_ request: RequestID, _ reason: OffloadReason) {
        guard let record = live[request] else { return violate("offload of \(request), which has ended") }
        expect(isUnsettled(request) || record.state == .waiting, "offload of \(request), \(record.state)")
        expect(record.offloadable || record.isCloudModel, "\(request) offloaded, which may not leave the edge")
        expect((reason == .cloudModel) == record.isCloudModel || mayStandIn(for: record), "offloaded for \(reason)")
        noteIfSentAway(request)
        live[request]?.state = .offloaded
    }

    private func noteIfSentAway(_ request: RequestID) {
        if isUnsettled(request), let instance = live[request]?.instance { sentAway.insert(instance) }
    }
}
