import EmberCore

/// All models and services that a run has had, also those that came or went while it ran: a simulation has them from
/// its beginning to its end. One that is there again under its name is the same.
struct RunCatalogue {
    private(set) var models: [ModelSpec]
    private(set) var services: [ServiceSpec]
    private let sharing: Sharing
    /// The run's catalogue at this point of it.
    private var present: Catalogue
    /// By present id, the place here.
    private var modelPlaces: [ModelID]
    private var servicePlaces: [ServiceID]

    /// - Parameter catalogue: of the run's beginning, or of the beginning of the part that is read.
    init(_ catalogue: Catalogue) {
        (models, services, sharing) = ([], [], catalogue.sharing)
        (modelPlaces, servicePlaces, present) = ([], [], catalogue)
        take(catalogue)
    }

    var catalogue: Catalogue { Catalogue(models: models, services: services, sharing: sharing) }

    /// The run goes on with that.
    mutating func take(_ catalogue: Catalogue) {
        present = catalogue
        modelPlaces = catalogue.models.map { place(of: $0, in: catalogue) }
        for (index, spec) in catalogue.models.enumerated() {
            var spec = spec
            spec.isRetired = false
            spec.base = spec.base.map { modelPlaces[$0.index] }
            models[modelPlaces[index].index] = spec
        }
        servicePlaces = catalogue.services.map { spec in
            var known = spec
            known.standIns = spec.standIns.map { modelPlaces[$0.index] }
            if let index = services.firstIndex(where: { $0.name == spec.name }) {
                services[index] = known
                return ServiceID(index)
            }
            services.append(known)
            return ServiceID(services.count - 1)
        }
    }

    /// One of another placement, or of another base, is another model, whatever it is called.
    private mutating func place(of spec: ModelSpec, in catalogue: Catalogue) -> ModelID {
        let base = spec.base.map { catalogue[$0].name }
        let known = models.indices.first { index in
            models[index].name == spec.name && models[index].placement == spec.placement
                && models[index].base.map { models[$0.index].name } == base
        }
        if let known { return ModelID(known) }
        var new = spec
        // A place of its own is given to it once all have one.
        new.base = spec.base.flatMap { base in models.firstIndex { $0.name == catalogue[base].name } }.map {
            ModelID($0)
        }
        models.append(new)
        return ModelID(models.count - 1)
    }

    // MARK: From the run's ids at this point

    func callAsFunction(_ model: ModelID) -> ModelID { modelPlaces[model.index] }
    func callAsFunction(_ service: ServiceID) -> ServiceID { servicePlaces[service.index] }

    /// The model whose instance it is.
    func model(of instance: InstanceID) -> ModelID { self(present.model(of: instance)) }

    /// The same event in the ids of this catalogue; nil of one that a simulation has no use for.
    func translated(_ event: Event) -> Event? {
        switch event {
        case .loadRequested(let instance): .loadRequested(place(of: instance))
        case .unloadRequested(let instance): .unloadRequested(place(of: instance))
        case .footprintMeasured(let instance, let resting, let peak):
            .footprintMeasured(place(of: instance), resting, peak: peak)
        case .footprintForgotten(let instance): .footprintForgotten(place(of: instance))
        case .contextMeasured(let service, let model, let examples, let worth):
            .contextMeasured(self(service), self(model), examples: examples, worth: worth)
        case .weightsCached(let model, let share): .weightsCached(self(model), share: share)
        case .modelUnusable(let instance): .modelUnusable(place(of: instance))
        case .modelRead(let instance, let estimate, let resting, let peak):
            .modelRead(place(of: instance), estimate: estimate, resting: resting, peak: peak)
        case .settingsChanged: event
        default: nil
        }
    }

    /// Where services share instances, those are numbered as their models.
    private func place(of instance: InstanceID) -> InstanceID {
        guard sharing == .pairs else { return InstanceID(model(of: instance).index) }
        let service = ServiceID(instance.index / present.models.count)
        return InstanceID(self(service).index * models.count + model(of: instance).index)
    }
}
