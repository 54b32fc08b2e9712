public import EmberCore

// What the operator wants of models, and what is certain to come of it.
extension Coordinator {
    /// Loads the model, if it can have memory: the answer tells what happens, and nothing happens where it is a refusal.
    @discardableResult
    public func load(_ model: ModelID) -> Result<ModelChange, Refusal> {
        guard !drain.hasBegun else { return .failure(.shuttingDown) }
        let instance = deployment.instance(of: model)
        handle(.loadRequested(instance))
        let answer = loadAnswer(of: model, instance)
        if case .success = answer {
            changes.end(.unload, of: instance, .failure(.overtaken(deployment[model], by: .load)))
        }
        return answer
    }

    /// Has the model leave memory once its requests have ended; a load is ended at once.
    @discardableResult
    public func unload(_ model: ModelID) -> ModelChange {
        let instance = deployment.instance(of: model)
        comebacks[instance.index]?.cancel()
        _ = fileWatch.takeReturn(of: instance)
        changes.end(.load, of: instance, .failure(.overtaken(deployment[model], by: .unload)))
        handle(.unloadRequested(instance))
        return unloadAnswer(of: model, instance)
    }

    /// Loads the models that the configuration wants from the start, in its order, as far as they fit.
    public func preload() {
        for (index, model) in deployment.models.enumerated() where model.isPreloaded {
            guard case .failure(let refusal) = load(ModelID(index)) else { continue }
            logger.warning("not preloaded", metadata: ["model": "\(model.name)", "reason": "\(refusal.message)"])
        }
    }

    /// Loads a model that is wanted from the start again, after its backoff; others come back with their next request.
    func bringBack(_ instance: InstanceID) {
        let state = planner.edge.instances[instance.index]
        guard deployment.models[instance.index].isPreloaded, state.failures < planner.edge.settings.failureLimit else {
            return
        }
        let backoff = max(0, state.notBefore - now)
        comebacks[instance.index] = Task {
            guard (try? await Task.sleep(for: .seconds(backoff))) != nil else { return }
            self.loadAgain(instance)
        }
    }

    /// Loads a model that the operator has wanted, and that has left memory for a while.
    func loadAgain(_ instance: InstanceID) {
        if !drain.hasBegun { handle(.loadRequested(instance)) }
    }

    /// Waits for what `load` or `unload` has begun, for at most so many seconds. What is not done by then, or when the
    /// waiting task is cancelled, goes on all the same.
    func awaitChange(
        _ wish: ChangeWaits.Wish, of model: ModelID, within seconds: Double?
    ) async -> Result<ModelChange, Refusal> {
        let answer = wish == .load ? load(model) : .success(unload(model))
        guard case .success(let change) = answer, !change.isDone else { return answer }
        let (instance, id) = (deployment.instance(of: model), changes.newID())
        let alarm = seconds.map { seconds in
            Task {
                try await Task.sleep(for: .seconds(seconds))
                changes.giveUp(id)
            }
        }
        defer { alarm?.cancel() }
        let ended = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: CheckedContinuation<ChangeWaits.Result?, Never>) in
                guard !Task.isCancelled else { return waiter.resume(returning: nil) }
                changes.add(id, wish, of: instance, waiter)
            }
        } onCancel: {
            Task { await self.endWait(id) }
        }
        if let ended { return ended }
        return wish == .load ? loadAnswer(of: model, instance) : .success(unloadAnswer(of: model, instance))
    }

    private func endWait(_ id: Int) { changes.giveUp(id) }

    /// Loads that were given up without a word of their own: their memory is needed for others, say, or their files are not good.
    func tellWhatCannotCome() {
        for instance in changes.awaitedLoads {
            guard case .failure(let refusal) = loadAnswer(of: ModelID(instance.index), instance) else { continue }
            changes.end(.load, of: instance, .failure(refusal))
        }
    }

    /// Why the load has failed that is just ending.
    func loadFailure(of instance: InstanceID) -> Refusal {
        let state = planner.edge.instances[instance.index]
        return Refusal(
            loadOf: deployment.models[instance.index],
            failed: lastFailure[instance.index] ?? "for no reason that it told",
            secondsToNextTrial: state.notBefore - now)
    }

    private func loadAnswer(of model: ModelID, _ id: InstanceID) -> Result<ModelChange, Refusal> {
        let (served, instance) = (deployment[model], planner.edge.instances[id.index])
        func underWay(_ status: ModelStatus, _ message: String) -> Result<ModelChange, Refusal> {
            .success(ModelChange(status: status, message: "Model '\(served.name)' \(message)", isDone: false))
        }
        switch instance.phase {
        case .resident where !instance.isDraining: return .success(.loaded(served))
        case .loading: return underWay(.loading, "is being loaded.")
        case .reserved:
            let leaving = planner.edge.instances.enumerated().filter { _, other in
                other.phase == .leaving || other.drainingFor == id
            }.map { deployment.models[$0.offset].name }
            return underWay(
                .loading,
                leaving.isEmpty
                    ? "is loaded once memory is free."
                    : "is loaded once memory is free: \(leaving.joined(separator: ", ")) must leave first.")
        case .leaving where instance.isReturning:
            return underWay(.unloading, "is still leaving memory, and is loaded again then.")
        case .absent, .leaving, .resident:
            guard !instance.isUnusable else { return .failure(Refusal(unusable: served, served.problem)) }
            guard planner.edge.canEverFit(id) else { return .failure(refusal(.neverFits, for: model)) }
            return .failure(memoryInUse(for: served, id))
        }
    }

    private func unloadAnswer(of model: ModelID, _ id: InstanceID) -> ModelChange {
        let (served, instance) = (deployment[model], planner.edge.instances[id.index])
        guard instance.phase != .absent else { return .unloaded(served) }
        var message = "Model '\(served.name)' is leaving memory."
        if instance.phase == .resident, instance.isDraining {
            message =
                "Model '\(served.name)' leaves memory once its running requests have ended (\(instance.inFlight))."
        }
        let waiting = planner.edge.waiting(for: id)
        if waiting > 0 { message += " Requests wait for it (\(waiting)), and have it loaded again." }
        return ModelChange(
            status: ModelStatus(instance, problem: served.problem, settings: planner.edge.settings, now: now),
            message: message, isDone: false)
    }

    private func memoryInUse(for model: ServedModel, _ id: InstanceID) -> Refusal {
        let (edge, instance) = (planner.edge, planner.edge.instances[id.index])
        // What the planner has just looked at, where it was asked.
        let decision = decisions.newestFirst.first { $0.newcomer == model.name }
        let holders = decision?.candidates.filter { $0.score == nil }.map { "\($0.model) (\($0.standingText))" } ?? []
        return Refusal(
            noMemoryFor: model, needed: instance.footprint, free: edge.settings.budget - edge.committed,
            holders: holders)
    }

    /// Decides by another policy from now on; residents, queues, contexts and costs stay as they are.
    public func changePolicy(to text: String) throws(PolicyError) {
        _ = try PolicyCatalog.entry(text)
        logger.notice("policy changed", metadata: ["from": "\(policy)", "to": "\(text)"])
        policy = text
        handle(.policyChanged(text, seed: seed))
    }
}

extension Refusal {
    enum Opposite: String { case load = "loaded", unload = "unloaded" }

    fileprivate static func overtaken(_ model: ServedModel, by opposite: Opposite) -> Refusal {
        Refusal(
            reason: .change(.overtaken),
            message: "Model '\(model.name)' is to be \(opposite.rawValue): that was asked for since.",
            retryAfterSeconds: nil)
    }

    fileprivate init(loadOf model: ServedModel, failed reason: String, secondsToNextTrial seconds: Double) {
        self.init(
            reason: .change(.loadFailed), message: "Model '\(model.name)' could not be loaded: \(reason).",
            retryAfterSeconds: max(1, Int(seconds.rounded(.up))))
    }

    fileprivate init(noMemoryFor model: ServedModel, needed: Bytes, free: Bytes, holders: [String]) {
        let others = holders.isEmpty ? "others" : holders.joined(separator: ", ")
        self.init(
            reason: .change(.memoryInUse),
            message: "No memory can be freed for model '\(model.name)' now: it needs \(needed.megabytes), "
                + "\(max(.zero, free).megabytes) are free, and what is in memory cannot go: \(others). Nothing is "
                + "loaded. Try again later, or unload one of them.",
            retryAfterSeconds: 5)
    }
}

extension DecisionView.Candidate {
    /// In an operator's words.
    fileprivate var standingText: String {
        switch standing {
        case "inUse": "in use"
        case "protected": "newly loaded"
        default: standing
        }
    }
}
