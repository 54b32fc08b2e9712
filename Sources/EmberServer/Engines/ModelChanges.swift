import EmberCore
import EmberSystem
import Logging

/// What the operator wants of models: loads and unloads, what is certain to come of them, and who waits for that.
///
/// As `EngineKeeper`, it is a part of the coordinator.
final class ModelChanges {
    let deployment: Deployment
    private let logger: Logger
    private let time: TimeSource
    /// Those who wait for the end of a load or an unload.
    var waits = ChangeWaits()

    init(_ deployment: Deployment, _ logger: Logger, _ time: TimeSource) {
        self.deployment = deployment
        self.logger = logger
        self.time = time
    }

    /// Loads the model, if it can have memory: the answer tells what happens, and nothing happens where it is a
    /// refusal.
    @discardableResult
    func load(_ model: ModelID, for coordinator: isolated Coordinator) -> Result<ModelChange, Refusal> {
        guard !coordinator.drain.hasBegun else { return .failure(.shuttingDown) }
        let instance = deployment.instance(of: model)
        coordinator.handle(.loadRequested(instance))
        let answer = loadAnswer(of: model, instance, for: coordinator)
        if case .success = answer {
            waits.end(.unload, of: instance, .failure(.overtaken(deployment[model], by: .load)))
        }
        return answer
    }

    /// Has the model leave memory once its requests have ended; a load is ended at once.
    @discardableResult
    func unload(_ model: ModelID, for coordinator: isolated Coordinator) -> ModelChange {
        let instance = deployment.instance(of: model)
        coordinator.engines[instance].cancelComeback()
        coordinator.engines[instance].cancelReturn()
        waits.end(.load, of: instance, .failure(.overtaken(deployment[model], by: .unload)))
        coordinator.handle(.unloadRequested(instance))
        return unloadAnswer(of: model, instance, for: coordinator)
    }

    /// Loads the models that the configuration wants from the start, in its order, as far as they fit.
    func preload(for coordinator: isolated Coordinator) {
        preload(Array(deployment.state.modelIDs), for: coordinator)
    }

    /// The same, of these models alone.
    func preload(_ models: [ModelID], for coordinator: isolated Coordinator) {
        for id in models where deployment[id].isPreloaded {
            guard case .failure(let refusal) = load(id, for: coordinator) else { continue }
            logger.warning(
                "not preloaded", metadata: ["model": "\(deployment[id].name)", "reason": "\(refusal.message)"])
        }
    }

    /// The model was taken out of the configuration: it is not brought back.
    func retire(_ model: ModelID, for coordinator: isolated Coordinator) {
        guard deployment.instance(of: model).index == model.index else { return }
        let instance = InstanceID(model.index)
        coordinator.engines[instance].cancelComeback()
        coordinator.engines[instance].cancelReturn()
        waits.end(.load, of: instance, .failure(.notConfigured(deployment[model].name)))
    }

    /// Waits for what `load` or `unload` has begun, for at most `seconds`. What is not done by then, or when the
    /// waiting task is cancelled, goes on all the same.
    func awaitChange(
        _ wish: ChangeWaits.Wish, of model: ModelID, within seconds: Double?, for coordinator: isolated Coordinator
    ) async -> Result<ModelChange, Refusal> {
        let answer =
            wish == .load ? load(model, for: coordinator) : .success(unload(model, for: coordinator))
        guard case .success(let change) = answer, !change.isDone else { return answer }
        let wait = waits.add(wish, of: deployment.instance(of: model))
        let alarm = seconds.map { seconds in
            time.later(after: .seconds(seconds)) { coordinator.engines.changes.waits.giveUp(wait.id) }
        }
        defer { alarm?.cancel() }
        let ended = await wait.end.valueUnlessCancelled() ?? nil
        waits.giveUp(wait.id)
        if let ended { return ended }
        return wish == .load
            ? loadAnswer(of: model, wait.instance, for: coordinator)
            : .success(unloadAnswer(of: model, wait.instance, for: coordinator))
    }

    /// Reports loads that were given up without an event: their memory is needed for others, say, or their files are
    /// not good.
    func tellWhatCannotCome(for coordinator: isolated Coordinator) {
        for instance in waits.awaitedLoads {
            guard case .failure(let refusal) = loadAnswer(of: ModelID(instance.index), instance, for: coordinator)
            else { continue }
            waits.end(.load, of: instance, .failure(refusal))
        }
    }

    /// Why the load has failed that is just ending.
    func loadFailure(of instance: InstanceID, for coordinator: isolated Coordinator) -> Refusal {
        Refusal(
            loadOf: deployment.models[instance.index],
            failed: coordinator.engines[instance].lastFailure ?? "for no reason that it told",
            secondsToNextTrial: coordinator.edge.instances[instance.index].notBefore - coordinator.now)
    }

    private func loadAnswer(
        of model: ModelID, _ id: InstanceID, for coordinator: isolated Coordinator
    ) -> Result<ModelChange, Refusal> {
        let (served, edge) = (deployment[model], coordinator.edge)
        let instance = edge.instances[id.index]
        func underWay(_ status: ModelStatus, _ message: String) -> Result<ModelChange, Refusal> {
            .success(ModelChange(status: status, message: "Model '\(served.name)' \(message)", isDone: false))
        }
        switch instance.phase {
        case .resident where !instance.isDraining: return .success(.loaded(served))
        case .loading: return underWay(.loading, "is being loaded.")
        case .reserved:
            let leaving = edge.instances.enumerated().filter { _, other in
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
            guard edge.canEverFit(id) else { return .failure(coordinator.refusal(.neverFits, for: model)) }
            return .failure(memoryInUse(for: served, id, for: coordinator))
        }
    }

    private func unloadAnswer(
        of model: ModelID, _ id: InstanceID, for coordinator: isolated Coordinator
    ) -> ModelChange {
        let (served, edge) = (deployment[model], coordinator.edge)
        let instance = edge.instances[id.index]
        guard instance.phase != .absent else { return .unloaded(served) }
        var message = "Model '\(served.name)' is leaving memory."
        if instance.phase == .resident, instance.isDraining {
            message =
                "Model '\(served.name)' leaves memory once its running requests have ended (\(instance.inFlight))."
        }
        let waiting = edge.waiting(for: id)
        if waiting > 0 { message += " Requests wait for it (\(waiting)), and have it loaded again." }
        return ModelChange(
            status: ModelStatus(instance, problem: served.problem, settings: edge.settings, now: coordinator.now),
            message: message, isDone: false)
    }

    private func memoryInUse(
        for model: ServedModel, _ id: InstanceID, for coordinator: isolated Coordinator
    ) -> Refusal {
        let edge = coordinator.edge
        // What the planner has just looked at, where it was asked.
        let decision = coordinator.book.newestDecision(for: model.name)
        let holders = decision?.candidates.filter { $0.score == nil }.map { "\($0.model) (\($0.standingText))" } ?? []
        return Refusal(
            noMemoryFor: model, needed: edge.instances[id.index].footprint,
            free: edge.deviceLedger?.free(for: id, in: edge) ?? (edge.settings.budget - edge.committed),
            holders: holders)
    }
}

extension Refusal {
    /// The model has left the configuration.
    static func notConfigured(_ name: String) -> Refusal {
        Refusal(
            reason: .rejected(.modelRemoved), message: "The model '\(name.prefix(200))' is not configured any more.",
            retryAfterSeconds: nil)
    }

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
        case "in_use": "in use"
        case "protected": "newly loaded"
        default: standing
        }
    }
}
