import Dispatch
import EmberCore
import EmberSystem

// The files of models, which may change while Ember runs: they are read anew before each load, and looked at in between.
extension Coordinator {
    /// Tells the planner which models cannot be loaded, before the first request.
    func noteUnusable() {
        for (index, model) in deployment.models.enumerated() where isOwn(index) {
            if let problem = model.problem { noteProblem(problem, of: InstanceID(index)) }
        }
    }

    /// Looks whether files have changed: those of models that are not in memory are read anew then. Files that do not answer, such
    /// as those of a network folder that is gone, hold up nothing but their own model.
    func lookAtFiles() {
        for (index, model) in deployment.models.enumerated() where model.source != nil && fileWatch.begin(index) {
            Task { await look(at: index) }
        }
    }

    /// Looks at one model's files at once: the operator may have mended them.
    func look(at index: Int) async {
        defer { fileWatch.end(index) }
        let known = deployment.models[index]
        guard let source = known.source else { return }
        let mayBeStale = known.problem != nil && fileWatch.isTimeToReadAgain(index)
        let stamps = await Self.reading { source.stamps }
        guard stamps != known.stamps || mayBeStale || lacksVariants(index) else { return }
        switch planner.edge.instances[index].phase {
        case .absent, .reserved:
            guard stamps != known.stamps || mayBeStale else { return }
            let reading = await Self.reading(source.read)
            let phase = planner.edge.instances[index].phase
            if phase == .absent || phase == .reserved { take(reading, of: InstanceID(index)) }
        // The load itself looks.
        case .loading: break
        case .resident, .leaving: await noteChange(of: InstanceID(index), stamps)
        }
    }

    /// Reads the files of a model anew that could not be loaded: the operator may have mended them. Returns once it is known,
    /// or they are slow to answer.
    func lookAgain(at model: ModelID) async {
        let instance = deployment.instance(of: model)
        guard planner.edge.instances[instance.index].isUnusable else { return }
        let looking = Promise<Void>()
        Task {
            await look(at: instance.index)
            looking.fulfil(())
        }
        let alarm = Task {
            try await Task.sleep(for: Self.filePatience)
            looking.fulfil(())
        }
        await looking.value()
        alarm.cancel()
    }

    private static let filePatience = Duration.seconds(5)

    /// What an engine is to be started from, as its files now are.
    ///
    /// - Returns: nil where they have changed since the planner was told of them, or do not answer: it has been told.
    func modelToLoad(_ instance: InstanceID) async -> ServedModel? {
        let known = deployment.models[instance.index]
        guard let source = known.source else { return known }
        let seconds = known.engine?.startTimeoutSeconds ?? 0
        let changed: ModelSource.Reading?? = await Self.reading(within: seconds) {
            source.stamps == known.stamps && known.problem == nil ? nil : source.read()
        }
        guard !isShuttingDown, !Task.isCancelled else { return nil }
        guard let changed else {
            let reason =
                "its files do not answer within start_timeout (\(seconds) s): is the disk, or the network folder, there?"
            logger.error("\(reason)", metadata: ["model": "\(known.name)"])
            didFailToLoad(instance, because: reason)
            return nil
        }
        guard let changed else { return known }
        loads[instance.index] = nil
        take(changed, of: instance)
        return nil
    }

    /// Whether the files are still those that the engine was to be started from; if not, it has been stopped, and the planner told.
    func hasLoadedAsRead(_ engine: any ResidentEngine, _ instance: InstanceID) async -> Bool {
        let known = deployment.models[instance.index]
        guard let source = known.source else { return true }
        let changed = await Self.reading { source.stamps == known.stamps ? nil : source.read() }
        guard let changed else { return true }
        logger.warning("the files have changed while they were loaded", metadata: ["model": "\(known.name)"])
        await engine.stop()
        // Of one that was unloaded again nothing is told: they are read at its next load.
        guard !isShuttingDown, !Task.isCancelled else { return false }
        loads[instance.index] = nil
        take(changed, of: instance)
        return false
    }

    /// What requests for a variant, or for a model that has variants, say to its engine.
    func route(_ request: RequestID, to instance: InstanceID, as model: ModelID, _ reason: EdgeReason) -> EdgeRoute? {
        guard let engine = engines[instance.index] else { return nil }
        var route = EdgeRoute(instance: instance, model: model, engine: engine, reason: reason)
        guard let adapter = deployment[model].adapter else { return route }
        let adapters = loadedAdapters[instance.index]
        if let place = adapter.place(among: adapters) {
            route.adapter = adapters.isEmpty ? nil : AppliedAdapter(place: place, scale: adapter.scale)
        } else {
            route.lacksAdapter = true
        }
        return route
    }

    /// Why a variant cannot be served, as its own file is; of other models the planner knows.
    func problemOfVariant(_ model: ModelID) -> String? { isOwn(model.index) ? nil : deployment[model].problem }

    private func isOwn(_ index: Int) -> Bool { deployment.instance(of: ModelID(index)).index == index }

    // MARK: What has been read

    private func take(_ reading: ModelSource.Reading, of instance: InstanceID) {
        let (before, model) = (deployment.models[instance.index], reading.model)
        deployment.take(model, as: ModelID(instance.index))
        for variant in reading.variants { takeVariant(variant) }
        if let problem = model.problem {
            let isLoading = planner.edge.instances[instance.index].phase == .loading
            if problem != before.problem || isLoading { noteProblem(problem, of: instance) }
            return
        }
        lastFailure[instance.index] = nil
        overruns[instance.index] = nil
        learnt[instance.index] = model.spec.learnt
        logger.notice(
            "its files were read anew", metadata: ["model": "\(model.name)", "memory": "\(model.footprintArithmetic)"])
        let expected = model.spec.learnt ?? LearntMemory(resting: model.spec.residentBytes, peak: .zero)
        observer?.filesHaveChanged()
        handle(
            .modelRead(
                instance, estimate: model.spec.residentBytes, resting: expected.resting, peak: expected.peak))
        if before.problem != nil, model.isPreloaded { loadAgain(instance) }
    }

    private func takeVariant(_ variant: ModelSource.Variant) {
        let before = deployment[variant.id].problem
        deployment.take(variant.model, as: variant.id)
        guard let problem = variant.model.problem, problem != before else { return }
        logger.error("cannot be served", metadata: ["model": "\(variant.model.name)", "reason": "\(problem)"])
    }

    private func noteProblem(_ problem: String, of instance: InstanceID) {
        lastFailure[instance.index] = problem
        let name = deployment.models[instance.index].name
        logger.error("cannot be loaded", metadata: ["model": "\(name)", "reason": "\(problem)"])
        handle(.modelUnusable(instance))
    }

    // MARK: Models in memory

    /// Files of a model in memory have changed. What was put in their place is read at the next load; where they were written to,
    /// the engine computes with a mixture of both, and has to go.
    private func noteChange(of instance: InstanceID, _ stamps: [FileStamp?]) async {
        let known = deployment.models[instance.index]
        guard let source = known.source, let engine = engines[instance.index], fileWatch.isNews(stamps, of: instance)
        else { return }
        if source.isOverwritten(stamps, since: known.stamps) {
            logger.error(
                "its file was written to while it was loaded: its engine answers from a mixture of old and new, and is ended",
                metadata: ["model": "\(known.name)"])
            observer?.hasEnded(engine)
            return reload(instance)
        }
        guard lacksVariants(instance.index) else {
            return logger.notice(
                "its files have changed; they are read at its next load", metadata: ["model": "\(known.name)"])
        }
        let reading = await Self.reading(source.read)
        let isMended = reading.variants.contains { $0.model.problem == nil && deployment[$0.id].problem != nil }
        guard isMended, engines[instance.index] === engine else { return }
        logger.notice("an adapter is good now: its base is loaded anew", metadata: ["model": "\(known.name)"])
        reload(instance)
    }

    /// Empties an engine whose files are not what they were; one that is wanted from the start is loaded again.
    private func reload(_ instance: InstanceID) {
        if deployment.models[instance.index].isPreloaded { fileWatch.expectReturn(of: instance) }
        handle(.unloadRequested(instance))
    }

    /// Whether any of its variants cannot be served.
    private func lacksVariants(_ index: Int) -> Bool {
        deployment.models.indices.contains {
            $0 != index && deployment.instance(of: ModelID($0)).index == index && deployment.models[$0].problem != nil
        }
    }

    // MARK: Reading

    /// Stamps and headers are read beside the way of requests: a disk may be slow to answer.
    private static func reading<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .userInitiated).async { continuation.resume(returning: work()) }
        }
    }

    /// The same; nil after so many seconds, or once the task is cancelled.
    private static func reading<Value: Sendable>(
        within seconds: Double, _ work: @escaping @Sendable () -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            let answer = AsyncStream<Value> { stream in
                DispatchQueue.global(qos: .userInitiated).async {
                    stream.yield(work())
                    stream.finish()
                }
            }
            group.addTask { await answer.first { _ in true } }
            group.addTask {
                try? await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
