import EmberConfig
import EmberCore

/// The deployment of another configuration beside the present one: what is served from then on, and the event that says
/// so to the planner.
struct DeploymentChange {
    let state: DeploymentState
    let event: CatalogueChange
    /// Models with new ids.
    private(set) var appeared: [ModelID] = []
    /// Models whose engines are replaced by new ones.
    private(set) var restarted: [ModelID] = []
    /// All that have other settings than before, those two included.
    private(set) var changed: [ModelID] = []
    /// Models that leave the configuration with this change.
    private(set) var retired: [ModelID] = []
    let reused: (models: [ModelID], services: [ServiceID])

    /// - Parameter catalogue: as the planner has it.
    init(_ reload: Reload, after state: DeploymentState, _ catalogue: Catalogue) {
        let (ids, generation) = (reload.ids, state.generation + 1)
        var models = state.models
        for (name, id) in ids.models.sorted(by: { $0.value < $1.value }) {
            guard var model = reload.models[id] else { continue }
            let known = id.index < models.count ? models[id.index] : nil
            switch reload.fates[name] {
            case .stays:
                guard var kept = known else { continue }
                kept.origin.source = model.origin.source
                kept.takeMemory(catalogue[id])
                models[id.index] = kept
                continue
            case .changes:
                if let known { model.keepFiles(of: known, catalogue[id]) }
                model.origin.engineVersion = known?.origin.engineVersion ?? generation
            case .restarts:
                model.origin.engineVersion = generation
                restarted.append(id)
            case .isReplaced, .appears:
                model.origin.engineVersion = generation
                appeared.append(id)
            }
            model.origin.version = generation
            changed.append(id)
            if id.index < models.count { models[id.index] = model } else { models.append(model) }
        }
        let configured = Set(ids.models.values)
        for index in models.indices where !configured.contains(ModelID(index)) && !models[index].spec.isRetired {
            models[index].spec.isRetired = true
            models[index].isPreloaded = false
            models[index].origin.version = generation
            retired.append(ModelID(index))
        }
        let services = Self.services(reload, after: state)
        self.state = DeploymentState(models, services, generation: generation)
        reused = (ids.reusedModels, ids.reusedServices)
        event = CatalogueChange(
            models: models.map(\.spec), services: services.specs,
            newModels: catalogue.models.indices.map { ids.reusedModels.contains(ModelID($0)) ? nil : ModelID($0) },
            newServices: catalogue.services.indices.map {
                ids.reusedServices.contains(ServiceID($0)) ? nil : ServiceID($0)
            })
    }

    /// The services by their ids, those that were taken out of the configuration included.
    private static func services(_ reload: Reload, after state: DeploymentState) -> DeploymentState.Services {
        let (ids, parts) = (reload.ids, reload.services)
        var services = DeploymentState.Services(
            specs: state.catalogue.services, contexts: state.contexts, deadlines: state.deadlines,
            defaultName: reload.configuration.access.defaultService)
        let all = zip(parts.specs, zip(parts.contexts, parts.deadlines))
        for (spec, (context, deadline)) in all.sorted(by: { ids.id(of: $0.0) < ids.id(of: $1.0) }) {
            let index = ids.id(of: spec).index
            if index == services.specs.count {
                services.specs.append(spec)
                services.contexts.append(context)
                services.deadlines.append(deadline)
            } else {
                (services.specs[index], services.contexts[index]) = (spec, context)
                services.deadlines[index] = deadline
            }
        }
        let configured = Set(ids.services.values)
        services.retired = Set(services.specs.indices.map { ServiceID($0) }).subtracting(configured)
        // What may stand in for a model may be another one by now.
        for service in services.retired { services.specs[service.index].standIns = [] }
        return services
    }
}

extension ReloadIDs {
    /// Of a service that the configuration has.
    fileprivate func id(of service: ServiceSpec) -> ServiceID { services[service.name] ?? ServiceID(0) }
}

extension ServedModel {
    /// The planner has corrected its estimate as files were read again. Another one here would have it forget what it
    /// has measured.
    fileprivate mutating func takeMemory(_ known: ModelSpec) {
        (spec.residentBytes, spec.learnt) = (known.residentBytes, known.learnt)
    }

    /// Other settings do not make other files of those that were read: what has changed there is seen when the files
    /// are looked at next.
    fileprivate mutating func keepFiles(of known: ServedModel, _ planned: ModelSpec) {
        if spec.residentBytes == known.spec.residentBytes { takeMemory(planned) }
        guard origin.stamps != known.origin.stamps else { return }
        (origin.stamps, problem) = (known.origin.stamps, known.problem)
    }
}
