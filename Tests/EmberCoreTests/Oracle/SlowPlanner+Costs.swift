import EmberCore

/// All that was ever measured of a model.
struct Seen {
    struct Values {
        var all: [Double] = []

        /// Rule 15.
        var mean: Double? {
            var mean = 0.0
            for (index, value) in all.enumerated() { mean += (value - mean) / Double(min(index + 1, 20)) }
            return all.isEmpty ? nil : mean
        }
    }
    var edge = Values(), tokens = Values(), cloud = Values(), bill = Values()
}

// Rules 36, 39 and 40.
extension SlowPlanner {
    /// What the edge is expected to cost.
    func edgeTotal(of ask: Ask, on model: Int, ahead: Int? = nil) -> Double {
        let (service, target) = (ask.service, target(ask.service, model))
        let costs = catalogue.models[model].costs
        let seconds = expectedWait(target, for: ask, ahead: ahead ?? line(target).count)
        let wait = (settings.weights?.waitingSecond ?? 0) * seconds
        let isAbsent = engines[target].phase == .absent
        let load = isAbsent ? spec(target).costs.load.cost(of: spec(target).residentBytes) : 0
        let kappa = memories.kappa(service, host(model), at: now)
        let accuracy = costs.wrongAnswer * (1 - catalogue.models[model].accuracy.accuracy(at: kappa))
        let inference = inferenceCost(model, ask.terms.size)
        return (isAbsent ? 0 : wait) + load + accuracy
            + inference + costs.perJoule * expectedJoules(model) + costs.transmissionPerRequest
    }

    mutating func takeStandIn(_ id: RequestID) {
        guard let ask = ask(id) else { return }
        let own = ask.target
        var lowest =
            catalogue.models[ask.model].placement == .edge
            ? edgeTotal(of: ask, on: ask.model) : cloudCost(ask.model, ask.terms.size)
        for model in catalogue.services[ask.service].standIns.map(\.index) where catalogue.models[model].base == nil {
            let target = target(ask.service, model)
            let total = edgeTotal(of: ask, on: model)
            guard target != own, isInService(target), total < lowest, !ask.terms.unfit.contains(ModelID(model)) else {
                continue
            }
            lowest = total
            change(id) {
                $0.model = model
                $0.target = target
            }
        }
    }

    /// Rule 38.
    private func loadCost(_ target: Int) -> Double { spec(target).costs.load.cost(of: spec(target).residentBytes) }

    mutating func paidVerdict(_ id: RequestID) -> Verdict? {
        guard settings.weights != nil, let ask = ask(id), yardstick.loads,
            let verdict = weigh(ask.target, gated: false, mayDrain: false)
        else { return nil }
        let again = verdict.victims.map(loadCost).reduce(0, +)
        let edge = edgeTotal(of: ask, on: ask.model, ahead: ahead(of: ask))
        let cloud = cloudCost(ask.model, ask.terms.size)
        return edge < cloud && edge + again < cloud ? verdict : nil
    }

    func isMeasured(_ model: Int, _ term: MeasuredTerms) -> Bool {
        settings.weights != nil && catalogue.models[model].measured.contains(term)
    }

    mutating func chargeWait(_ ask: Ask) {
        if let weights = settings.weights { costs.waiting += weights.waitingSecond * (ask.begun - ask.came) }
    }

    mutating func chargeCloud(_ ask: Ask, bill: Double) {
        if let weights = settings.weights, isMeasured(ask.model, .cloud) {
            costs.transmission += weights.waitingSecond * (now - ask.begun)
            costs.cloud += weights.offloading + weights.money * bill
        } else {
            costs.cloud += catalogue.models[ask.model].costs.cloudPerRequest
        }
        chargeWait(ask)
        seen[ask.model].cloud.all.append(now - ask.begun)
        seen[ask.model].bill.all.append(bill)
        takeIn(ask.model)
    }

    mutating func chargeLoadEnded(_ target: Int, isGood: Bool) {
        let (model, seconds) = (target % catalogue.models.count, now - engines[target].loadBegan)
        if let weights = settings.weights, isMeasured(model, .load) {
            costs.switching += weights.loadingSecond * seconds
        }
        guard isGood else { return }
        let bytes = catalogue.models[model].residentBytes.count
        seenLoads.append(SeenLoad(model: model, seconds: seconds, share: shares[model], bytes: bytes))
        for other in catalogue.models.indices { takeIn(other) }
    }

    /// Makes the model's costs what has been measured.
    mutating func takeIn(_ index: Int) {
        guard let weights = settings.weights else { return }
        var models = catalogue.models
        let (measured, seen) = (models[index].measured, seen[index])
        var costs = models[index].costs
        if measured.contains(.load), let load = expectedLoad(index) {
            costs.load = .constant((weights.loadingSecond + weights.waitingSecond) * load)
        }
        if measured.contains(.inference), let edge = seen.edge.mean {
            models[index].typicalTokens = max(1, Int((seen.tokens.mean ?? 0).rounded()))
            costs.inferencePerToken = weights.waitingSecond * edge / Double(models[index].typicalTokens)
        }
        if measured.contains(.cloud), let cloud = seen.cloud.mean {
            costs.cloudPerRequest =
                weights.offloading + weights.waitingSecond * cloud + weights.money * (seen.bill.mean ?? 0)
        }
        if measured.contains(.absence) {
            costs.cloudPerRequest =
                costs.load.cost(of: models[index].residentBytes)
                + costs.wrongAnswer * (1 - models[index].accuracy.accuracy(at: 0))
                + costs.inferencePerToken * Double(models[index].typicalTokens)
                + costs.perJoule * (costs.joulesPerToken * Double(models[index].typicalTokens))
                + costs.transmissionPerRequest
        }
        models[index].costs = costs
        catalogue = Catalogue(models: models, services: catalogue.services, sharing: catalogue.sharing)
    }

    /// The policies that the oracle knows never look ahead; the planner's looks are instants to wake for all the same.
    mutating func planLook() {
        if look == nil, let pause = settings.prefetchSeconds { look = now + pause }
    }

    mutating func lookAhead() {
        guard let due = look, due <= now else { return }
        look = nil
        if waiting > 0 || !promised.isEmpty || engines.contains(where: { $0.phase == .loading }) { planLook() }
    }
}
