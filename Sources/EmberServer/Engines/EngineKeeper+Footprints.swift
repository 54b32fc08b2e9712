import EmberCore
import EmberEngine

// What engines take in memory.
extension EngineKeeper {
    /// Measures what the residents take, tells the planner what that changes, and ends an engine that takes more than
    /// it can have.
    ///
    /// - Parameter onlyOnTrial: those alone that have taken too much before.
    func measureFootprints(onlyOnTrial: Bool = false, for coordinator: isolated Coordinator) async {
        for index in lives.indices {
            let instance = InstanceID(index)
            guard let engine = lives[index].engine, !lives[index].isOverBudget,
                !onlyOnTrial || isOnTrial(instance, for: coordinator)
            else { continue }
            await measure(engine, of: instance, for: coordinator)
        }
    }

    /// Whether anything is resident that has taken too much before: it is measured more often.
    func hasTrials(for coordinator: isolated Coordinator) -> Bool {
        lives.indices.contains { lives[$0].engine != nil && isOnTrial(InstanceID($0), for: coordinator) }
    }

    private func isOnTrial(_ instance: InstanceID, for coordinator: isolated Coordinator) -> Bool {
        guard let life = self[instance].memory.life else { return false }
        return life.now.resting + life.now.peak >= coordinator.edge.room(for: instance)
    }

    private func measure(
        _ engine: any ResidentEngine, of instance: InstanceID, for coordinator: isolated Coordinator
    ) async {
        let (before, began) = (coordinator.edge.instances[instance.index], coordinator.now)
        guard let root = engine.rootProcess, let taken = await footprints.measure(root: root),
            self[instance].engine === engine, self[instance].memory.life != nil, !self[instance].isOverBudget
        else { return }
        let after = coordinator.edge.instances[instance.index]
        let isIdle = before.inFlight == 0 && after.inFlight == 0 && before.lastUsed == after.lastUsed
        let look = self[instance].memory.look
        let use = EngineMemory.Use(
            isUnused: isIdle && look.usedUntil == after.lastUsed, isIdle: isIdle,
            isNew: after.busySince > look.at, begun: after.begun - look.begun, busiest: after.busiest)
        self[instance].memory.look = MemoryWatch.Look(at: began, usedUntil: after.lastUsed, begun: after.begun)
        self[instance].memory.take(taken.bytes, top: taken.top, use)
        if taken.bytes > coordinator.edge.room(for: instance) {
            return await endOverBudget(engine, of: instance, for: coordinator)
        }
        tellFootprint(of: instance, for: coordinator)
    }

    private func tellFootprint(of instance: InstanceID, for coordinator: isolated Coordinator) {
        guard let news = self[instance].memory.news() else { return }
        coordinator.handle(.footprintMeasured(instance, news.resting, peak: news.peak))
    }

    /// What a load takes before anything is asked of it; false: more than it can have, and it has been ended.
    func fitsAfterLoad(
        _ engine: any ResidentEngine, of instance: InstanceID, for coordinator: isolated Coordinator
    ) async -> Bool {
        let estimate = deployment.models[instance.index].spec.residentBytes
        guard let root = engine.rootProcess, let taken = await footprints.measure(root: root) else {
            self[instance].memory.begin(estimate: estimate, taken: nil)
            return true
        }
        self[instance].memory.begin(estimate: estimate, taken: taken.bytes)
        guard taken.bytes > coordinator.edge.room(for: instance) else {
            tellFootprint(of: instance, for: coordinator)
            return true
        }
        await engine.endOverBudget()
        return false
    }

    /// At once, and not once its requests have ended: the memory is not the model's to take.
    private func endOverBudget(
        _ engine: any ResidentEngine, of instance: InstanceID, for coordinator: isolated Coordinator
    ) async {
        self[instance].markOverBudget()
        await engine.endOverBudget()
        // The news of its end may have come first.
        didExit(instance, engine, .overBudget, for: coordinator)
    }

    /// The engine was ended because it took too much: what it took is remembered, and the planner gets the event.
    func noteOverrun(of instance: InstanceID, for coordinator: isolated Coordinator) {
        let room = coordinator.edge.room(for: instance)
        guard let lesson = self[instance].memory.end(afterOverrunOf: room) else { return }
        let overrun = Overrun(most: lesson.most, room: room, date: time.date)
        self[instance].fail(by: overrun)
        logger.error(
            "engine ended over the budget",
            metadata: [
                "model": "\(deployment.models[instance.index].name)", "took": "\(overrun.most.megabytes)",
                "may_take": "\(overrun.room.megabytes)",
            ])
        remember(lesson, of: deployment.models[instance.index], for: coordinator)
        coordinator.handle(.engineOverran(instance, resting: lesson.next.resting, peak: lesson.next.peak))
    }

    /// The engine's life is over and its memory free: what to expect of the next one.
    func learnFromLife(of instance: InstanceID, for coordinator: isolated Coordinator) {
        guard let lesson = self[instance].memory.end(), lesson.isMeasured else { return }
        remember(lesson, of: deployment.models[instance.index], for: coordinator)
        let (next, known) = (lesson.next, coordinator.edge.instances[instance.index])
        guard next.resting != known.resting || next.peak != known.peak else { return }
        coordinator.handle(.footprintMeasured(instance, next.resting, peak: next.peak))
    }

    func remember(_ lesson: MemoryWatch.Lesson, of model: ServedModel, for coordinator: isolated Coordinator) {
        guard lesson.isMeasured else { return }
        coordinator.meters?.compare(.memory, Double(lesson.most.count), with: Double(lesson.expected.count))
        let (next, most) = (lesson.next, lesson.most)
        time.later { [footprints] in await footprints.remember(next, most: most, of: model) }
    }

    /// Ember ends, and with it all lives.
    func rememberFootprints(for coordinator: isolated Coordinator) async {
        for index in lives.indices where lives[index].memory.life?.last != nil {
            let model = lives[index].startedFrom ?? deployment.models[index]
            guard let lesson = lives[index].memory.end() else { continue }
            await footprints.remember(lesson.next, most: lesson.most, of: model)
        }
    }

    /// What was learnt of the model is forgotten: it counts with what its file or its settings say, and may start at
    /// once.
    func forgetFootprint(of model: ModelID, for coordinator: isolated Coordinator) async {
        let instance = deployment.instance(of: model)
        self[instance].memory.forget()
        self[instance].forgetOverrun()
        coordinator.handle(.footprintForgotten(instance))
        await footprints.forget(deployment.models[instance.index])
    }
}
