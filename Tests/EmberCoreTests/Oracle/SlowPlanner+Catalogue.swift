import EmberCore

// Rule 46.
extension SlowPlanner {
    mutating func changeCatalogue(_ change: CatalogueChange) {
        let ids = NewIDs(change, of: catalogue)
        guard engines.indices.allSatisfy({ engines[$0].phase == .absent || ids.target($0) != nil }),
            asks.allSatisfy({ ids.services[$0.service] != nil && ids.models[$0.model] != nil })
        else { return }
        memories.move(ids, at: now)
        moveEngines(ids)
        catalogue = ids.new
        for place in asks.indices {
            asks[place].service = ids.services[asks[place].service] ?? 0
            asks[place].model = ids.models[asks[place].model] ?? 0
            asks[place].target = target(asks[place].service, asks[place].model)
            asks[place].terms.unfit = asks[place].terms.unfit.compactMap { ids.models[$0.index].map { ModelID($0) } }
        }
        for place in lines.indices { lines[place].target = ids.target(lines[place].target) ?? 0 }
        promised = promised.compactMap { ids.target($0) }
        // What has gone keeps its place in the order of all, as no instance.
        chronicle.requests = chronicle.requests.map { ids.target($0) ?? -1 }
        chronicle.loads = chronicle.loads.map { ids.target($0) ?? -1 }
        moveMeasurements(ids)
        retire()
    }

    private mutating func moveEngines(_ ids: NewIDs) {
        let former = engines
        engines = SlowPlanner(ids.new, settings, yardstick).engines
        for (target, engine) in former.enumerated() {
            guard let new = ids.target(target) else { continue }
            let (before, after) = (spec(target), ids.new.models[new % ids.new.models.count])
            let (resting, peak) = (engines[new].resting, engines[new].peak)
            engines[new] = engine
            if [.absent, .reserved].contains(engine.phase),
                before.residentBytes != after.residentBytes || before.learnt != after.learnt
            {
                (engines[new].resting, engines[new].peak) = (resting, peak)
            }
            engines[new].contexts = engine.contexts.compactMap { ids.services[$0] }
            guard let other = engine.leavesFor else { continue }
            engines[new].leavesFor = ids.target(other) ?? new
            if case .evicted = engine.leavesBecause {
                engines[new].leavesBecause = ids.target(other).map { .evicted(for: InstanceID($0)) } ?? .requested
            }
        }
    }

    private mutating func moveMeasurements(_ ids: NewIDs) {
        let fresh = SlowPlanner(ids.new, settings, yardstick)
        func move<Value>(_ values: [Value], _ fresh: [Value]) -> [Value] {
            var moved = fresh
            for (model, value) in values.enumerated() { if let new = ids.models[model] { moved[new] = value } }
            return moved
        }
        seen = move(seen, fresh.seen)
        shares = move(shares, fresh.shares)
        forgottenLoads = move(forgottenLoads, fresh.forgottenLoads)
        works = move(works, fresh.works)
        trialCredits = move(trialCredits, fresh.trialCredits)
        seenLoads = seenLoads.map { load in
            let model = load.model < 0 ? nil : ids.models[load.model]
            return SeenLoad(model: model ?? -1, seconds: load.seconds, share: load.share, bytes: load.bytes)
        }
        expectJoules()
        for model in catalogue.models.indices { takeIn(model) }
    }

    private mutating func retire() {
        for target in engines.indices {
            for id in line(target) where ask(id).map({ catalogue.models[$0.model].isRetired }) == true {
                leaveLine(id)
                cloudOrNo(id, .modelRemoved, .modelRemoved)
            }
            giveUpIfNobodyWaits(target)
            if spec(target).isRetired { unwant(target) }
        }
    }
}

/// What became of models, services and targets.
struct NewIDs {
    let old: Catalogue
    let new: Catalogue
    let models: [Int?]
    let services: [Int?]

    init(_ change: CatalogueChange, of old: Catalogue) {
        self.old = old
        new = Catalogue(models: change.models, services: change.services, sharing: old.sharing)
        models = change.newModels.map { $0?.index }
        services = change.newServices.map { $0?.index }
    }

    func target(_ target: Int) -> Int? {
        guard target >= 0, let model = models[target % old.models.count] else { return nil }
        if old.sharing == .instances { return model }
        return services[target / old.models.count].map { $0 * new.models.count + model }
    }
}

extension Memories {
    /// What pairs hold now is what they begin with under the new law.
    mutating func move(_ ids: NewIDs, at now: Double) {
        var moved = Memories(ids.new)
        for service in ids.old.services.indices {
            for model in ids.old.models.indices {
                guard let newService = ids.services[service], let newModel = ids.models[model] else { continue }
                let (former, new) = (pair(service, model), moved.pair(newService, newModel))
                let window =
                    Double(ids.new.models[newModel].windowTokens)
                    / Double(ids.new.services[newService].demonstrationTokens)
                // One service's share was of no account.
                if ids.old.services.count > 1 { moved.asked[new] = asked[former] }
                let kept = Told(
                    examples: min(window, examples(service, model)), worth: kappa(service, model, at: now), at: now)
                if told[former] != nil { moved.told[new] = kept } else { moved.begun[new] = kept }
            }
        }
        self = moved
    }
}
