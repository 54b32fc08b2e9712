// What requests and loads have cost, as declared or, where nobody has, as measured; and what the measured is expected to be.
extension Planner {
    mutating func chargeEdge(_ request: RequestID, tokens: Int) {
        let record = requests[request]
        let seconds = edge.now - record.begun
        edge.ledger.chargeEdge(
            of: edge.catalogue[record.model], accuracy: record.accuracy, tokens: tokens, requests: record.count,
            seconds: weights(of: .inference, record.model).map { $0.waitingSecond * seconds })
        chargeWait(record)
        measure(record.model) { seen in
            seen.edge.add(seconds)
            seen.tokens.add(Double(tokens))
        }
    }

    mutating func chargeCloud(_ request: RequestID, bill: Double) {
        let record = requests[request]
        let seconds = edge.now - record.begun
        if let weights = weights(of: .cloud, record.model) {
            edge.ledger.chargeCloud(
                latency: weights.waitingSecond * seconds, price: weights.cloud(seconds: 0, bill: bill))
        } else {
            edge.ledger.chargeCloud(of: edge.catalogue[record.model], requests: record.count)
        }
        chargeWait(record)
        edge.ledger.charge(bill: bill)
        measure(record.model) { seen in
            seen.cloud.add(seconds)
            seen.bill.add(bill)
        }
    }

    /// A load has begun: what is declared is charged at once, what is measured when it has ended.
    mutating func chargeLoadBegun(of instance: InstanceID) {
        let model = edge[instance].model
        edge.ledger.chargeLoad(cost: weights(of: .load, model) == nil ? edge.catalogue[model].loadCost : 0)
    }

    /// - Parameter isGood: how long a load takes that fails says nothing of others.
    mutating func chargeLoadEnded(of instance: InstanceID, isGood: Bool) {
        guard edge.settings.time == .continuous else { return }
        let (model, seconds) = (edge[instance].model, edge.now - edge[instance].loadBegan)
        let weight = weights(of: .load, model)?.loadingSecond ?? 0
        edge.ledger.chargeLoad(seconds: seconds, cost: weight * seconds)
        guard isGood else { return }
        edge.noteLoad(of: model, seconds: seconds)
        takeLoad(of: model)
    }

    /// More or less of a model's weights would have to be read from the disk now.
    mutating func takeCachedShare(of model: ModelID, _ share: Double) {
        edge.measured[model.index].cachedShare = min(1, max(0, share))
        for index in edge.catalogue.models.indices
        where index == model.index || edge.catalogue.models[index].base == model {
            takeMeasured(ModelID(index))
        }
    }

    /// What the model's loads took says nothing of its files as they are now.
    mutating func forgetLoads(of model: ModelID) {
        edge.measured[model.index].load = LoadTimes()
        for index in edge.catalogue.models.indices
        where index == model.index || edge.catalogue.models[index].base == model {
            takeMeasured(ModelID(index))
        }
    }

    /// A load has ended: it has told something of every model that has not been loaded yet, too. O(models).
    private mutating func takeLoad(of loaded: ModelID) {
        guard edge.settings.weights != nil else { return }
        for model in edge.catalogue.models.indices.lazy.map({ ModelID($0) }) {
            let host = edge.catalogue[model].base ?? model
            if host == loaded || !edge.measured[host.index].load.isKnown { takeMeasured(model) }
        }
    }

    private mutating func chargeWait(_ record: RequestRecord) {
        guard let weights = edge.settings.weights else { return }
        edge.ledger.chargeWait(weights.waitingSecond * (record.begun - record.arrival))
    }

    /// What seconds and money are worth, where the term is measured; nil where it is declared.
    private func weights(of term: MeasuredTerms, _ model: ModelID) -> CostWeights? {
        edge.catalogue[model].measured.contains(term) ? edge.settings.weights : nil
    }

    private mutating func measure(_ model: ModelID, _ see: (inout MeasuredCosts) -> Void) {
        guard edge.settings.time == .continuous else { return }
        see(&edge.measured[model.index])
        takeMeasured(model)
    }

    /// What a model is expected to cost follows what has been seen, and with that what residents are worth.
    private mutating func takeMeasured(_ model: ModelID) {
        guard edge.settings.time == .continuous, let weights = edge.settings.weights,
            !edge.catalogue[model].measured.isEmpty
        else { return }
        edge.catalogue.take(edge.measured[model.index], loadSeconds: edge.loadSeconds(of: model), of: model, weights)
        for instance in edge.catalogue.instances(of: model) where isRanked(instance) { rank(instance) }
    }
}
