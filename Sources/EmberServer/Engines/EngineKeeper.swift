import EmberCore
import EmberEngine
import EmberSystem
import Logging

/// Starts, stops and mends the engines, one life an instance.
///
/// It is a part of the coordinator, which lends itself to each call: what happens to engines becomes the planner's
/// events, and no other thread ever touches a life.
final class EngineKeeper {
    let deployment: Deployment
    let footprints: FootprintKeeper
    /// Measures what the machine takes; nil: energy is modelled.
    let energy: EnergyKeeper?
    /// What became of loads and unloads that the operator wants.
    let changes: ModelChanges
    /// The files that engines are started from.
    let files: ModelFileKeeper
    let logger: Logger
    let time: TimeSource
    /// By instance.
    var lives: [EngineLife]
    private let starter: any EngineStarter
    private(set) var observer: (any EngineObserver)?

    init(
        _ deployment: Deployment, _ starter: any EngineStarter, _ footprints: FootprintKeeper,
        _ energy: EnergyKeeper?, _ logger: Logger, _ surroundings: Surroundings
    ) {
        self.deployment = deployment
        self.starter = starter
        self.footprints = footprints
        self.energy = energy
        self.logger = logger
        time = surroundings.time
        changes = ModelChanges(deployment, logger, surroundings.time)
        files = ModelFileKeeper(deployment, logger, surroundings)
        lives = (0..<deployment.catalogue.instanceCount).map { EngineLife(learnt: deployment.models[$0].spec.learnt) }
    }

    subscript(instance: InstanceID) -> EngineLife {
        _read { yield lives[instance.index] }
        _modify { yield &lives[instance.index] }
    }

    /// Notifies the observer of engines that come and go from now on.
    func report(to observer: any EngineObserver) { self.observer = observer }

    // MARK: Loads

    func beginLoad(_ instance: InstanceID, for coordinator: isolated Coordinator) {
        let gpus = coordinator.edge.deviceLedger?.layout(of: instance).map { footprints.engineGPUs($0) }
        logger.info(
            "loading",
            metadata: ["model": "\(name(of: instance))"].merging(gpus.map { ["gpus": "\($0.ids)"] } ?? [:]) { $1 })
        self[instance].start(
            time.later {
                if var model = await files.modelToLoad(instance, for: coordinator) {
                    model.engine?.gpus = gpus
                    do throws(EngineError) {
                        let engine = try await starter.start(model)
                        if await files.areAsRead(engine, instance, for: coordinator) {
                            await didStart(instance, engine, as: model, for: coordinator)
                        }
                    } catch {
                        didFailToLoad(instance, error, for: coordinator)
                    }
                }
                EngineRenewal.takeBackLoad(of: instance, for: coordinator)
            })
    }

    private func didStart(
        _ instance: InstanceID, _ engine: any ResidentEngine, as model: ServedModel,
        for coordinator: isolated Coordinator
    ) async {
        let fits = await fitsAfterLoad(engine, of: instance, for: coordinator)
        // It was unloaded again, or Ember ends.
        guard !coordinator.drain.isOver, !Task.isCancelled else { return await engine.stop() }
        guard fits else {
            self[instance].endStart()
            var awaiting = changes.waits.take(.load, of: instance)
            noteOverrun(of: instance, for: coordinator)
            awaiting.endAll(.failure(coordinator.refusal(.overBudget, for: ModelID(instance.index))))
            return bringBack(instance, for: coordinator)
        }
        self[instance].becomeResident(engine, from: model)
        logger.info("resident", metadata: ["model": "\(name(of: instance))"])
        coordinator.handle(.loadFinished(instance))
        changes.waits.end(.load, of: instance, .success(.loaded(deployment.models[instance.index])))
        let known = coordinator.edge.instances[instance.index]
        self[instance].memory.look = MemoryWatch.Look(
            at: known.loadedAt, usedUntil: known.loadedAt, begun: known.begun)
        observer?.didLoad(ModelID(instance.index), engine)
        time.later {
            if let exit = await engine.exitedUnlessCancelled() { didExit(instance, engine, exit, for: coordinator) }
        }
    }

    private func didFailToLoad(_ instance: InstanceID, _ error: EngineError, for coordinator: isolated Coordinator) {
        // It was unloaded again, or Ember ends: no fault of the engine's.
        guard !Task.isCancelled else { return }
        logger.error("\(error)", metadata: ["lines": "\(error.lastLines.suffix(5).joined(separator: " | "))"])
        didFailToLoad(
            instance, because: error.description + (error.likelyCause.map { "; it wrote: \($0)" } ?? ""),
            for: coordinator)
    }

    func didFailToLoad(_ instance: InstanceID, because reason: String, for coordinator: isolated Coordinator) {
        self[instance].endStart()
        self[instance].fail(because: reason)
        var awaiting = changes.waits.take(.load, of: instance)
        coordinator.handle(.loadFailed(instance))
        awaiting.endAll(.failure(changes.loadFailure(of: instance, for: coordinator)))
        bringBack(instance, for: coordinator)
    }

    /// Loads a model that is wanted from the start again, after its backoff; others come back with their next request.
    private func bringBack(_ instance: InstanceID, for coordinator: isolated Coordinator) {
        let known = coordinator.edge.instances[instance.index]
        guard deployment.models[instance.index].isPreloaded,
            known.failures < coordinator.edge.settings.failures.failureLimit
        else { return }
        let backoff = max(0, known.notBefore - coordinator.now)
        self[instance].comeBack(
            by: time.later(after: .seconds(backoff)) {
                if !Task.isCancelled { loadAgain(instance, for: coordinator) }
            })
    }

    /// Loads a model that the operator has wanted, and that has left memory for a while.
    func loadAgain(_ instance: InstanceID, for coordinator: isolated Coordinator) {
        if !coordinator.drain.hasBegun { coordinator.handle(.loadRequested(instance)) }
    }

    // MARK: Unloads

    func beginUnload(_ instance: InstanceID, _ reason: UnloadReason, for coordinator: isolated Coordinator) {
        let (engine, load) = self[instance].beginLeaving()
        logger.info(
            "unloading",
            metadata: ["model": "\(name(of: instance))", "reason": "\(reason.text(deployment))"])
        // A load that is ended has left no process behind once its task has ended.
        load?.cancel()
        self[instance].leave(
            by: time.later {
                await load?.value
                if let engine {
                    await observer?.willStop(engine)
                    await engine.stop()
                }
                didUnload(instance, for: coordinator)
            })
    }

    private func didUnload(_ instance: InstanceID, for coordinator: isolated Coordinator) {
        let model = self[instance].startedFrom
        let returns = self[instance].endLeaving()
        changes.waits.end(.unload, of: instance, .success(.unloaded(deployment.models[instance.index])))
        if let model, EngineRenewal.isDue(of: model, instance, in: deployment) {
            EngineRenewal.forgetLife(of: instance, startedFrom: model, for: coordinator)
            coordinator.handle(.unloadFinished(instance))
        } else {
            coordinator.handle(.unloadFinished(instance))
            learnFromLife(of: instance, for: coordinator)
        }
        if returns { loadAgain(instance, for: coordinator) }
        time.later { await files.measurePageCache(of: [instance.index], for: coordinator) }
    }

    // MARK: Ends

    func didExit(
        _ instance: InstanceID, _ engine: any ResidentEngine, _ exit: EngineExit, for coordinator: isolated Coordinator
    ) {
        let model = self[instance].startedFrom
        guard self[instance].end(engine) else { return }
        observer?.hasEnded(engine)
        if let model, EngineRenewal.isDue(of: model, instance, in: deployment) {
            // A new one was to take its place, and it has ended before.
            self[instance].cancelReturn()
            EngineRenewal.forgetLife(of: instance, startedFrom: model, for: coordinator)
            coordinator.handle(.engineDied(instance))
            return loadAgain(instance, for: coordinator)
        }
        if exit.kind == .overBudget {
            noteOverrun(of: instance, for: coordinator)
        } else {
            self[instance].fail(because: exit.description)
            logger.error("engine ended", metadata: ["model": "\(name(of: instance))", "reason": "\(exit)"])
            coordinator.handle(.engineDied(instance))
            learnFromLife(of: instance, for: coordinator)
        }
        bringBack(instance, for: coordinator)
    }

    /// No engine is brought back any more, and loads that are under way are ended: Ember drains.
    func beginDrain() {
        for life in lives { life.cancelComeback() }
        changes.waits.endAll(.failure(.shuttingDown))
    }

    /// Stops all engines.
    ///
    /// - Parameter atOnce: they are killed, and save nothing.
    func shutDown(atOnce: Bool, for coordinator: isolated Coordinator) async {
        await rememberFootprints(for: coordinator)
        // Before the group, whose closure does not run on the coordinator.
        let (ends, observer) = (lives.indices.map { lives[$0].shutDown() }, observer)
        await withTaskGroup(of: Void.self) { group in
            for (engine, rest) in ends {
                if let rest { group.addTask { await rest.value } }
                guard let engine else { continue }
                group.addTask {
                    guard !atOnce else { return await engine.kill() }
                    await observer?.willStop(engine)
                    await engine.stop()
                }
            }
        }
    }

    /// Ends the engines at once that are being stopped.
    func killLeavingEngines(for coordinator: isolated Coordinator) async {
        let leaving = lives.compactMap(\.leavingEngine)
        await withTaskGroup(of: Void.self) { group in
            for engine in leaving { group.addTask { await engine.kill() } }
        }
    }

    // MARK: What is asked of them

    /// The way to a resident engine, with what requests for a variant, or for a model that has variants, say to it.
    func route(to instance: InstanceID, as model: ModelID, _ reason: EdgeReason) -> EdgeRoute? {
        guard let engine = self[instance].engine else { return nil }
        var route = EdgeRoute(instance: instance, model: model, engine: engine, reason: reason)
        route.room = self[instance].takeRoom()
        guard let adapter = deployment[model].edits.adapter else { return route }
        let adapters = self[instance].adapters
        if let place = adapter.place(among: adapters) {
            route.adapter = adapters.isEmpty ? nil : AppliedAdapter(place: place, scale: adapter.scale)
        } else {
            route.lacksAdapter = true
        }
        return route
    }

    /// The model's engine, where it is resident and no request runs on it or waits for it.
    func idleEngine(of model: ModelID, for coordinator: isolated Coordinator) -> (any ResidentEngine)? {
        let id = deployment.instance(of: model)
        let edge = coordinator.edge
        guard edge[id].inFlight == 0, edge.waiting(for: id) == 0, !edge[id].isDraining else { return nil }
        return self[id].engine
    }

    /// Whether the engine has neither died, as far as is known, nor left memory.
    func isResident(_ route: EdgeRoute) -> Bool { self[route.instance].engine === route.engine }

    private func name(of instance: InstanceID) -> String { deployment.models[instance.index].name }
}

extension UnloadReason {
    fileprivate func text(_ deployment: Deployment) -> String {
        switch self {
        case .evicted(let newcomer): "evicted for \(deployment.models[newcomer.index].name)"
        case .idle: "idle for longer than its idle_ttl"
        case .requested: "asked for by the operator"
        case .overBudget: "measured memory exceeds the budget"
        }
    }
}
