import EmberCore
import EmberEngine
import EmberSystem
import Logging

/// The files of models, which may change while Ember runs: they are read again before each load, and checked in
/// between.
///
/// As `EngineKeeper`, it is a part of the coordinator.
final class ModelFileKeeper {
    let deployment: Deployment
    private let logger: Logger
    private let time: TimeSource
    /// Files may be slow to answer, and nothing of the coordinator's waits for them.
    let queue: WorkQueue
    /// By model.
    private var watches: [FileWatch]

    private static let patience = Duration.seconds(5)

    init(_ deployment: Deployment, _ logger: Logger, _ surroundings: Surroundings) {
        self.deployment = deployment
        self.logger = logger
        time = surroundings.time
        queue = surroundings.queue("ember.model-files", .concurrent)
        watches = Array(repeating: FileWatch(), count: deployment.models.count)
    }

    /// Tells the planner which models cannot be loaded, before the first request.
    func noteUnusable(for coordinator: isolated Coordinator) {
        for id in deployment.state.modelIDs { noteUnusable(id, for: coordinator) }
    }

    func noteUnusable(_ model: ModelID, for coordinator: isolated Coordinator) {
        guard isOwn(model.index), let problem = deployment[model].problem else { return }
        noteProblem(problem, of: InstanceID(model.index), for: coordinator)
    }

    /// The models of these ids are new, or have other settings.
    func begin(_ models: [ModelID], count: Int) {
        while watches.count < count { watches.append(FileWatch()) }
        for model in models { watches[model.index] = FileWatch() }
    }

    /// Looks whether files have changed: those of models that are not in memory are read again then. Files that do not
    /// answer, such as those of a network folder that is gone, hold up nothing but their own model.
    func lookAtAll(for coordinator: isolated Coordinator) {
        let state = deployment.state
        for id in state.modelIDs where state[id].origin.source != nil && watches[id.index].begin() {
            time.later { await look(at: id.index, for: coordinator) }
        }
    }

    /// Looks at one model's files at once: the operator may have mended them.
    func look(at index: Int, for coordinator: isolated Coordinator) async {
        let known = deployment.models[index]
        defer { if isCurrent(known, index) { watches[index].end() } }
        guard let source = known.origin.source else { return }
        let mayBeStale = known.problem != nil && watches[index].isTimeToReadAgain(at: time.now)
        let stamps = await queue.run { source.stamps }
        guard isCurrent(known, index), stamps != known.origin.stamps || mayBeStale || lacksVariants(index) else {
            return
        }
        switch coordinator.edge.instances[index].phase {
        case .absent, .reserved:
            guard stamps != known.origin.stamps || mayBeStale else { return }
            let reading = await queue.run(source.read)
            guard isCurrent(known, index) else { return }
            let phase = coordinator.edge.instances[index].phase
            if phase == .absent || phase == .reserved { adopt(reading, of: InstanceID(index), for: coordinator) }
        // The load itself looks.
        case .loading: break
        case .resident, .leaving: await noteChange(of: InstanceID(index), stamps, for: coordinator)
        }
    }

    /// Reads the files of a model again that could not be loaded: the operator may have mended them. Returns once it is
    /// known, or they are slow to answer.
    func lookAgain(at model: ModelID, for coordinator: isolated Coordinator) async {
        let instance = deployment.instance(of: model)
        guard coordinator.edge.instances[instance.index].isUnusable else { return }
        let looking = Promise<Void>()
        // It goes on where it takes longer.
        time.later {
            await look(at: instance.index, for: coordinator)
            looking.fulfil(())
        }
        _ = await time.within(Self.patience) { await looking.valueUnlessCancelled() }
    }

    // MARK: At a load

    /// What an engine is to be started from, as its files now are.
    ///
    /// - Returns: nil where they have changed since the planner received them, or do not answer; the planner then has
    ///   the event already.
    func modelToLoad(_ instance: InstanceID, for coordinator: isolated Coordinator) async -> ServedModel? {
        let known = deployment.models[instance.index]
        guard let source = known.origin.source else { return known }
        let seconds = known.engine?.startTimeoutSeconds ?? 0
        let changed: ModelSource.Reading?? = await queue.run(within: .seconds(seconds), by: time) {
            source.stamps == known.origin.stamps && known.problem == nil ? nil : source.read()
        }
        guard !coordinator.drain.isOver, !Task.isCancelled else { return nil }
        guard isCurrent(known, instance.index) else { return await modelToLoad(instance, for: coordinator) }
        guard let changed else {
            let reason =
                "its files do not answer within start_timeout (\(seconds) s): is the disk, or the network "
                + "folder, there?"
            logger.error("\(reason)", metadata: ["model": "\(known.name)"])
            coordinator.engines.didFailToLoad(instance, because: reason, for: coordinator)
            return nil
        }
        guard let changed else { return known }
        coordinator.engines[instance].endStart()
        adopt(changed, of: instance, for: coordinator)
        return nil
    }

    /// Whether the files are still those that the engine was to be started from; if not, it has been stopped, and the
    /// planner has the event already.
    func areAsRead(
        _ engine: any ResidentEngine, _ instance: InstanceID, for coordinator: isolated Coordinator
    ) async -> Bool {
        let known = deployment.models[instance.index]
        guard let source = known.origin.source else { return true }
        let changed = await queue.run { source.stamps == known.origin.stamps ? nil : source.read() }
        guard let changed, isCurrent(known, instance.index) else { return true }
        logger.warning("the files have changed while they were loaded", metadata: ["model": "\(known.name)"])
        await engine.stop()
        // Of one that was unloaded again nothing is reported: its files are read at its next load.
        guard !coordinator.drain.isOver, !Task.isCancelled else { return false }
        coordinator.engines[instance].endStart()
        adopt(changed, of: instance, for: coordinator)
        return false
    }

    // MARK: What has been read

    private func adopt(_ reading: ModelSource.Reading, of instance: InstanceID, for coordinator: isolated Coordinator) {
        let (before, model) = (deployment.models[instance.index], reading.model)
        deployment.take(model, as: ModelID(instance.index))
        for variant in reading.variants { adopt(variant) }
        if let problem = model.problem {
            let isLoading = coordinator.edge.instances[instance.index].phase == .loading
            if problem != before.problem || isLoading { noteProblem(problem, of: instance, for: coordinator) }
            return
        }
        let engines = coordinator.engines
        engines[instance].forgetFailures()
        engines[instance].memory.learn(model.spec.learnt)
        logger.notice(
            "its files were read again",
            metadata: ["model": "\(model.name)", "memory": "\(model.footprint.arithmetic)"])
        let expected = model.spec.learnt ?? LearntMemory(resting: model.spec.residentBytes, peak: .zero)
        engines.observer?.filesHaveChanged()
        coordinator.handle(
            .modelRead(
                instance, estimate: model.spec.residentBytes, resting: expected.resting, peak: expected.peak))
        if before.problem != nil, model.isPreloaded { engines.loadAgain(instance, for: coordinator) }
    }

    private func adopt(_ variant: ModelSource.Variant) {
        guard !deployment[variant.id].spec.isRetired else { return }
        let before = deployment[variant.id].problem
        deployment.take(variant.model, as: variant.id)
        guard let problem = variant.model.problem, problem != before else { return }
        logger.error("cannot be served", metadata: ["model": "\(variant.model.name)", "reason": "\(problem)"])
    }

    private func noteProblem(_ problem: String, of instance: InstanceID, for coordinator: isolated Coordinator) {
        coordinator.engines[instance].fail(because: problem)
        let name = deployment.models[instance.index].name
        logger.error("cannot be loaded", metadata: ["model": "\(name)", "reason": "\(problem)"])
        coordinator.handle(.modelUnusable(instance))
    }

    // MARK: Models in memory

    /// Files of a model in memory have changed. What was put in their place is read at the next load; where they were
    /// written to, the engine computes with a mixture of both, and has to go.
    private func noteChange(
        of instance: InstanceID, _ stamps: [FileStamp?], for coordinator: isolated Coordinator
    ) async {
        let (known, engines) = (deployment.models[instance.index], coordinator.engines)
        guard let source = known.origin.source, let engine = engines[instance].engine,
            watches[instance.index].isNews(stamps)
        else { return }
        if source.isOverwritten(stamps, since: known.origin.stamps) {
            logger.error(
                "its file was written to while it was loaded: its engine answers from old and new data, and is ended",
                metadata: ["model": "\(known.name)"])
            engines.observer?.hasEnded(engine)
            return reload(instance, for: coordinator)
        }
        guard lacksVariants(instance.index) else {
            return logger.notice(
                "its files have changed; they are read at its next load", metadata: ["model": "\(known.name)"])
        }
        let reading = await queue.run(source.read)
        let isMended = reading.variants.contains { $0.model.problem == nil && deployment[$0.id].problem != nil }
        guard isMended, engines[instance].engine === engine else { return }
        logger.notice("an adapter is good now: its base is loaded again", metadata: ["model": "\(known.name)"])
        reload(instance, for: coordinator)
    }

    /// Empties an engine whose files are not what they were; one that is wanted from the start is loaded again.
    private func reload(_ instance: InstanceID, for coordinator: isolated Coordinator) {
        if deployment.models[instance.index].isPreloaded { coordinator.engines[instance].expectReturn() }
        coordinator.handle(.unloadRequested(instance))
    }

    /// Whether any of its variants cannot be served.
    private func lacksVariants(_ index: Int) -> Bool {
        let state = deployment.state
        return state.modelIDs.contains {
            $0.index != index && state.instance(of: $0).index == index && state[$0].problem != nil
        }
    }

    func isOwn(_ index: Int) -> Bool { deployment.instance(of: ModelID(index)).index == index }

    /// Whether the id still means the model as it was known before a wait, with the same settings.
    private func isCurrent(_ known: ServedModel, _ index: Int) -> Bool {
        deployment.models[index].origin.version == known.origin.version
    }
}

extension Deployment {
    /// Why a variant cannot be served, as its own file is; of other models the planner knows.
    func problemOfVariant(_ model: ModelID) -> String? {
        instance(of: model).index == model.index ? nil : self[model].problem
    }
}
