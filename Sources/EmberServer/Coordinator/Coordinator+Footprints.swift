import EmberCore

// What engines take in memory.
extension Coordinator {
    /// Measures what the residents take, tells the planner what that changes, and ends an engine that takes more than it can have.
    ///
    /// - Parameter onlyOnTrial: those alone that have taken too much before.
    func measureFootprints(onlyOnTrial: Bool = false) async {
        for index in engines.indices {
            let instance = InstanceID(index)
            guard let engine = engines[index], !ending.contains(instance), !onlyOnTrial || isOnTrial(index) else {
                continue
            }
            await measure(engine, of: instance)
        }
    }

    /// Whether anything is resident that has taken too much before: it is measured more often.
    var hasTrials: Bool { engines.indices.contains { engines[$0] != nil && isOnTrial($0) } }

    private func isOnTrial(_ index: Int) -> Bool {
        guard let memory = memories[index] else { return false }
        return memory.now.resting + memory.now.peak >= planner.edge.room(for: InstanceID(index))
    }

    private func measure(_ engine: any ResidentEngine, of instance: InstanceID) async {
        let index = instance.index
        let (before, began) = (planner.edge.instances[index], now)
        guard let root = engine.rootProcess, let taken = await footprints.measure(root: root),
            engines[index] === engine, memories[index] != nil, !ending.contains(instance)
        else { return }
        let after = planner.edge.instances[index]
        let isIdle = before.inFlight == 0 && after.inFlight == 0 && before.lastUsed == after.lastUsed
        let use = EngineMemory.Use(
            isUnused: isIdle && looks[index].usedUntil == after.lastUsed, isIdle: isIdle,
            isNew: after.busySince > looks[index].at, begun: after.begun - looks[index].begun, busiest: after.busiest)
        looks[index] = Look(at: began, usedUntil: after.lastUsed, begun: after.begun)
        memories[index]?.take(taken.bytes, top: taken.top, use)
        if taken.bytes > planner.edge.room(for: instance) { return await endOverBudget(engine, of: instance) }
        if let news = memories[index]?.news() {
            handle(.footprintMeasured(instance, news.resting, peak: news.peak))
        }
    }

    /// What a load takes before anything is asked of it; false: more than it can have, and it has been ended.
    func passesAfterLoad(_ engine: any ResidentEngine, of instance: InstanceID) async -> Bool {
        let index = instance.index
        var memory = EngineMemory(
            estimate: deployment.models[index].spec.residentBytes, learnt: learnt[index])
        guard let root = engine.rootProcess, let taken = await footprints.measure(root: root) else {
            memories[index] = memory
            return true
        }
        memory.take(taken.bytes, top: taken.bytes, EngineMemory.Use())
        memories[index] = memory
        guard taken.bytes > planner.edge.room(for: instance) else {
            if let news = memories[index]?.news() {
                handle(.footprintMeasured(instance, news.resting, peak: news.peak))
            }
            return true
        }
        await engine.endOverBudget()
        return false
    }

    /// At once, and not once its requests have ended: the memory is not the model's to take.
    private func endOverBudget(_ engine: any ResidentEngine, of instance: InstanceID) async {
        ending.insert(instance)
        await engine.endOverBudget()
        // The news of its end may have come first.
        didExit(instance, engine, .overBudget)
    }

    /// The engine was ended because it took too much: what it took is remembered, and the planner told.
    func noteOverrun(of instance: InstanceID) {
        guard let memory = memories[instance.index] else { return }
        let overrun = Overrun(most: memory.most, room: planner.edge.room(for: instance))
        let next = memory.next(afterOverrunOf: overrun.room)
        let model = deployment.models[instance.index]
        overruns[instance.index] = overrun
        lastFailure[instance.index] = "it took \(overrun)"
        logger.error(
            "engine ended over the budget",
            metadata: [
                "model": "\(model.name)", "took": "\(overrun.most.megabytes)",
                "may_take": "\(overrun.room.megabytes)",
            ])
        remember(next, of: instance)
        handle(.engineOverran(instance, resting: next.resting, peak: next.peak))
    }

    /// The engine's life is over and its memory free: what to expect of the next one.
    func learnFromLife(of instance: InstanceID) {
        guard let memory = memories[instance.index] else { return }
        let next = memory.next()
        remember(next, of: instance)
        guard memory.last != nil else { return }
        let known = planner.edge.instances[instance.index]
        guard next.resting != known.resting || next.peak != known.peak else { return }
        handle(.footprintMeasured(instance, next.resting, peak: next.peak))
    }

    private func remember(_ next: LearntMemory, of instance: InstanceID) {
        guard let memory = memories[instance.index] else { return }
        memories[instance.index] = nil
        guard memory.last != nil else { return }
        learnt[instance.index] = next
        let model = deployment.models[instance.index]
        Task { await footprints.remember(next, most: memory.most, of: model) }
    }

    /// Ember ends, and with it all lives.
    func rememberFootprints() async {
        for index in engines.indices {
            guard let memory = memories[index], memory.last != nil else { continue }
            memories[index] = nil
            await footprints.remember(memory.next(), most: memory.most, of: deployment.models[index])
        }
    }

    /// What was learnt of the model is forgotten: it counts with what its file or its settings say, and may start at once.
    func forgetFootprint(of model: ModelID) async {
        let instance = deployment.instance(of: model)
        memories[instance.index]?.forget()
        overruns[instance.index] = nil
        learnt[instance.index] = nil
        await footprints.forget(deployment.models[instance.index])
        handle(.footprintForgotten(instance))
    }
}

/// When an engine was measured, and until when it had been used by then.
struct Look: Sendable {
    var at = Time.zero
    var usedUntil = Time.zero
    /// Requests that it had been given by then.
    var begun = 0
}
