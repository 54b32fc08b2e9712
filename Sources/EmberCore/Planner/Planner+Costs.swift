// What requests and loads have cost, as declared or, where nobody has, as measured; and what the measured is expected to be.
extension Planner {
    mutating func chargeEdge(_ request: RequestID, tokens: Int) {
        let record = requests[request]
        let seconds = edge.now - record.begun
        edge.ledger.chargeEdge(
            of: edge.catalogue[record.model], accuracy: record.accuracy, tokens: tokens, requests: record.count,
            seconds: weighted(seconds, .inference, of: record.model))
        chargeWait(record)
        guard edge.settings.time == .continuous else { return }
        measure(record.model) { seen in
            seen.edge.add(seconds)
            seen.tokens.add(Double(tokens))
        }
    }

    mutating func chargeCloud(_ request: RequestID, bill: Double) {
        let record = requests[request]
        let seconds = edge.now - record.begun
        if let weights = edge.settings.weights, edge.catalogue[record.model].measured.contains(.cloud) {
            edge.ledger.chargeCloud(
                latency: weights.waitingSecond * seconds, price: weights.cloud(seconds: 0, bill: bill))
        } else {
            edge.ledger.chargeCloud(of: edge.catalogue[record.model], requests: record.count)
        }
        chargeWait(record)
        edge.ledger.charge(bill: bill)
        guard edge.settings.time == .continuous else { return }
        measure(record.model) { seen in
            seen.cloud.add(seconds)
            seen.bill.add(bill)
        }
    }

    /// A load has begun: what is declared is charged at once, what is measured when it has ended.
    mutating func chargeLoadBegun(of instance: InstanceID) {
        let model = edge.catalogue[edge[instance].model]
        let isMeasured = edge.settings.weights != nil && model.measured.contains(.load)
        edge.ledger.chargeLoad(cost: isMeasured ? 0 : model.loadCost)
    }

    /// - Parameter isGood: how long a load takes that fails says nothing of others.
    mutating func chargeLoadEnded(of instance: InstanceID, isGood: Bool) {
        guard edge.settings.time == .continuous else { return }
        let (model, seconds) = (edge[instance].model, edge.now - edge[instance].loadBegan)
        let isMeasured = edge.catalogue[model].measured.contains(.load)
        let weight = isMeasured ? edge.settings.weights?.loadingSecond ?? 0 : 0
        edge.ledger.chargeLoad(seconds: seconds, cost: weight * seconds)
        if isGood { measure(model) { $0.load.add(seconds) } }
    }

    private mutating func chargeWait(_ record: RequestRecord) {
        guard let weights = edge.settings.weights else { return }
        edge.ledger.chargeWait(weights.waitingSecond * (record.begun - record.arrival))
    }

    /// The cost of seconds where the term is measured; nil where it is declared.
    private func weighted(_ seconds: Double, _ term: MeasuredTerms, of model: ModelID) -> Double? {
        guard let weights = edge.settings.weights, edge.catalogue[model].measured.contains(term) else { return nil }
        return weights.waitingSecond * seconds
    }

    /// Takes in what has been seen of a model; what it is expected to cost may change, and with that what residents are worth.
    private mutating func measure(_ model: ModelID, _ see: (inout MeasuredCosts) -> Void) {
        see(&edge.measured[model.index])
        guard let weights = edge.settings.weights, !edge.catalogue[model].measured.isEmpty else { return }
        edge.catalogue.take(edge.measured[model.index], of: model, weights)
        for instance in edge.catalogue.instances(of: model) where isRanked(instance) { rank(instance) }
    }
}
