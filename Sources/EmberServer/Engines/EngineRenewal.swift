import EmberCore

/// Engines when other models are configured, or other settings of theirs: lives begin and go, and what was started with
/// other settings is replaced.
enum EngineRenewal {
    /// Before the planner has the change: lives for models that are new.
    static func prepare(_ change: DeploymentChange, for coordinator: isolated Coordinator) {
        let (engines, models) = (coordinator.engines, change.state.models)
        while engines.lives.count < models.count {
            engines.lives.append(EngineLife(learnt: models[engines.lives.count].spec.learnt))
        }
        for model in change.appeared {
            engines.lives[model.index] = EngineLife(learnt: models[model.index].spec.learnt)
        }
        engines.files.begin(change.changed, count: models.count)
    }

    /// The planner has the change, and what leaves the configuration leaves memory.
    static func perform(_ change: DeploymentChange, for coordinator: isolated Coordinator) {
        let engines = coordinator.engines
        for model in change.retired { engines.changes.retire(model, for: coordinator) }
        for model in change.restarted where engines.files.isOwn(model.index) {
            renew(InstanceID(model.index), for: coordinator)
        }
        // Of a load that is taken back it is noted then.
        for model in change.changed where coordinator.edge.instances[model.index].phase != .loading {
            engines.files.noteUnusable(model, for: coordinator)
        }
        engines.observer?.configurationHasChanged(reusing: change.reused.models, change.reused.services)
        engines.changes.preload(change.changed, for: coordinator)
    }

    /// The engine's settings are others. One that is resident serves its requests to their end; those that wait are
    /// served by the new one.
    private static func renew(_ instance: InstanceID, for coordinator: isolated Coordinator) {
        let known = coordinator.edge.instances[instance.index]
        switch known.phase {
        case .absent, .reserved: forgetSettings(of: instance, for: coordinator)
        // What it has begun with is ended, and it is weighed again.
        case .loading: coordinator.engines[instance].cancelStart()
        case .resident:
            // What leaves for another model comes back with its next request.
            if !known.isDraining { coordinator.engines[instance].expectReturn() }
            coordinator.handle(.unloadRequested(instance))
        case .leaving: break
        }
    }

    /// Nothing of it is in memory: it begins again by its new settings.
    private static func forgetSettings(of instance: InstanceID, for coordinator: isolated Coordinator) {
        let model = coordinator.deployment.models[instance.index]
        coordinator.engines[instance].forgetFailures()
        coordinator.engines[instance].memory.learn(model.spec.learnt)
        guard model.problem == nil else { return }
        let expected = model.expectation
        coordinator.handle(
            .modelRead(
                instance, estimate: model.spec.residentBytes, resting: expected.resting, peak: expected.peak))
    }

    /// The load of an engine that has other settings by now is taken back, once nothing is left of it.
    static func takeBackLoad(of instance: InstanceID, for coordinator: isolated Coordinator) {
        let engines = coordinator.engines
        guard Task.isCancelled, engines[instance].isStarting, !coordinator.drain.isOver else { return }
        engines[instance].endStart()
        forgetSettings(of: instance, for: coordinator)
        engines.files.noteUnusable(ModelID(instance.index), for: coordinator)
    }

    /// Whether an engine was started with other settings than its model has now.
    static func isDue(of model: ServedModel, _ instance: InstanceID, in deployment: Deployment) -> Bool {
        model.origin.engineVersion != deployment.models[instance.index].origin.engineVersion
    }

    /// An engine with other settings has ended: what it took says nothing of the next one.
    static func forgetLife(
        of instance: InstanceID, startedFrom former: ServedModel, for coordinator: isolated Coordinator
    ) {
        let engines = coordinator.engines
        if let lesson = engines[instance].memory.end() { engines.remember(lesson, of: former, for: coordinator) }
        let model = coordinator.deployment.models[instance.index]
        engines[instance].forgetFailures()
        engines[instance].memory.learn(model.spec.learnt)
        let expected = model.expectation
        coordinator.handle(.footprintMeasured(instance, expected.resting, peak: expected.peak))
    }
}

extension ServedModel {
    /// What it takes before any engine of it has been measured.
    fileprivate var expectation: LearntMemory {
        spec.learnt ?? LearntMemory(resting: spec.residentBytes, peak: .zero)
    }
}
