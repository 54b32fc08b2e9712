import EmberCore

// Another catalogue: all that is kept by id moves.
extension Audit {
    func move(_ map: CatalogueMap) {
        catalogue = map.new
        live = live.mapValues { former in
            var moved = former
            guard let service = map[former.service], let model = map[former.model],
                let instance = map[former.instance]
            else {
                violate("the test leaves out what a request needs")
                return former
            }
            (moved.service, moved.model, moved.instance) = (service, model, instance)
            moved.unfit = former.unfit.compactMap { map[$0] }
            return moved
        }
        memory = Dictionary(
            uniqueKeysWithValues: memory.compactMap { instance, state in map[instance].map { ($0, state) } })
        func moved(_ instances: Set<InstanceID>) -> Set<InstanceID> { Set(instances.compactMap { map[$0] }) }
        wanted = moved(wanted).filter { !isRetired($0) }
        sentAway = moved(sentAway)
        reserved = moved(reserved)
        reservedForOthers = moved(reservedForOthers)
        // Models that stay may take more.
        isOverBudgetAllowed = true
    }

    func isRetired(_ instance: InstanceID) -> Bool { catalogue[catalogue.model(of: instance)].isRetired }

    /// Whether a live request needs the model where it is, as far as this shadow knows.
    func isNeeded(_ model: ModelID) -> Bool {
        live.values.contains { request in
            request.model == model || catalogue.model(of: request.instance) == model
                || catalogue[request.service].standIns.contains(model)
        }
    }
}
