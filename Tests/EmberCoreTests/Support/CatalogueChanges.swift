import EmberCore

// Models and services are added, removed and changed while the edge runs, as a driver would that reads its
// configuration again.
extension SimulatedEdge {
    private struct Entry<Spec> {
        let old: Int?
        var spec: Spec
    }

    mutating func changeCatalogue() {
        let old = planner.edge.catalogue
        var models = old.models.enumerated().compactMap { index, spec in
            // What was retired is left out once nothing needs it; its variants were before.
            canBeLeftOut(ModelID(index), old) && lots.happens(0.7) ? nil : Entry(old: index, spec: changed(spec))
        }
        if lots.happens(0.5), models.count { !$0.spec.isRetired } > 1 {
            models[lots.whole(0...(models.count - 1))].spec.isRetired = true
        }
        if lots.happens(0.4), models.count < 7 {
            let spec = ModelSpec(
                name: "model \(count())", residentBytes: Bytes(lots.whole(5...65)), windowTokens: lots.whole(50...1000),
                parallel: lots.whole(1...4), costs: models[0].spec.costs, accuracy: models[0].spec.accuracy)
            models.insert(Entry(old: nil, spec: spec), at: lots.whole(0...models.count))
        }
        if lots.happens(0.3) { models.swapAt(0, models.count - 1) }
        let services = changedServices(old)
        let newModels = newIDs(models, old.models.count).map { $0.map { ModelID($0) } }
        for place in models.indices {
            models[place].spec.base = models[place].spec.base.flatMap { newModels[$0.index] }
        }
        let change = CatalogueChange(
            models: models.map(\.spec),
            services: services.map { entry in
                var spec = entry.spec
                spec.standIns = spec.standIns.compactMap { newModels[$0.index] }
                return spec
            },
            newModels: newModels, newServices: newIDs(services, old.services.count).map { $0.map { ServiceID($0) } })
        audit.expect(change.fits(old), "the test's change fits not")
        let map = CatalogueMap(change, of: old)
        starts = Dictionary(
            uniqueKeysWithValues: starts.compactMap { instance, start in map[instance].map { ($0, start) } })
        send(.catalogueChanged(change))
    }

    private func canBeLeftOut(_ model: ModelID, _ old: Catalogue) -> Bool {
        let isAbsent = planner.edge.instances.allSatisfy { $0.model != model || $0.phase == .absent }
        return old[model].isRetired && isAbsent && !audit.isNeeded(model)
            && !old.models.contains { $0.base == model }
    }

    private mutating func changed(_ spec: ModelSpec) -> ModelSpec {
        var spec = spec
        if lots.happens(0.2) { spec.residentBytes = Bytes(lots.whole(5...65)) }
        if lots.happens(0.2) { spec.parallel = lots.whole(1...4) }
        if lots.happens(0.2) { spec.windowTokens = lots.whole(50...1000) }
        let devices = scenario.settings.devices.count
        // Else no lot is drawn: the streams of one device stay as they are.
        if devices > 1, lots.happens(0.2) { spec.devices = .random(&lots, of: devices) }
        if lots.happens(0.2) { spec.costs.cloudPerRequest = lots.number(0...2) }
        // Where there are none, no lot is drawn: the streams without them stay as they are.
        if scenario.tokenReports > 0, lots.happens(0.3) {
            spec.poolTokens = lots.happens(0.3) ? nil : spec.windowTokens * lots.whole(1...3)
        }
        return spec
    }

    private mutating func changedServices(_ old: Catalogue) -> [Entry<ServiceSpec>] {
        var services = old.services.enumerated().map { Entry(old: $0, spec: $1) }
        if lots.happens(0.3) { services.reverse() }
        if lots.happens(0.3) { services[0].spec.vanishing = lots.number(0...0.6) }
        if lots.happens(0.2), services.count < 4 {
            services.insert(Entry(old: nil, spec: ServiceSpec(name: "service \(count())", vanishing: 0.1)), at: 0)
        }
        if lots.happens(0.3), services.count > 1, old.sharing == .instances, let last = services.last?.old,
            !audit.live.values.contains(where: { $0.service == ServiceID(last) })
        {
            services.removeLast()
        }
        return services
    }

    private func newIDs<Spec>(_ entries: [Entry<Spec>], _ count: Int) -> [Int?] {
        (0..<count).map { old in entries.firstIndex { $0.old == old } }
    }
}
