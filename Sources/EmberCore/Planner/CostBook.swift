/// What requests and loads have cost, as declared or, where a term is measured, as measured; what has been seen of
/// models; and the energy that the edge takes. The expected costs that follow from it are written into the catalogue.
struct CostBook: Codable, Sendable {
    private(set) var ledger = CostLedger()
    /// By model; in continuous time.
    private(set) var measured: [MeasuredCosts]
    /// Seconds a byte, over all models.
    private var loadRates = LoadTimes()
    private var energy: EnergyMeter?
    private(set) var tokenEnergy = TokenEnergy()
    private let time: TimeModel
    private let weights: CostWeights?
    /// Instances whose residency may be worth less, as their model's expected costs have changed.
    var changed = ChangedInstances()

    init(_ catalogue: Catalogue, _ settings: PlannerSettings) {
        measured = Array(repeating: MeasuredCosts(), count: catalogue.models.count)
        energy = EnergyMeter(settings)
        time = settings.time
        weights = settings.weights
    }

    /// Seconds that a load of the model is expected to take, from its own loads or else those of others by their bytes;
    /// nil before any.
    func loadSeconds(of model: ModelID, _ catalogue: Catalogue) -> Double? {
        let host = catalogue[model].base ?? model
        let share = measured[host.index].cachedShare
        if let own = measured[host.index].load.expected(cachedShare: share) { return own }
        let bytes = Double(catalogue[host].residentBytes.count)
        return loadRates.expected(cachedShare: share).map { $0 * bytes }
    }

    /// What seconds and money are worth, where the term is measured; nil where it is declared.
    private func weights(of term: MeasuredTerms, _ model: ModelID, _ catalogue: Catalogue) -> CostWeights? {
        catalogue[model].measured.contains(term) ? weights : nil
    }
}

// Requests.
extension CostBook {
    /// A request has been answered at the edge.
    ///
    /// - Parameter work: what the engine has reported of it; it is taken in before the request is charged.
    mutating func chargeEdge(
        _ record: RequestRecord, tokens: Int, work: EngineWork?, at now: Time, _ catalogue: inout Catalogue
    ) {
        if let work { measured[record.model.index].rates.add(work) }
        let seconds = now - record.run.began
        ledger.chargeEdge(
            of: catalogue[record.model], accuracy: record.run.accuracy, tokens: tokens, requests: record.count,
            seconds: weights(of: .inference, record.model, catalogue).map { $0.waitingSecond * seconds })
        chargeWait(record)
        measure(record.model, &catalogue) { seen in
            seen.edge.add(seconds)
            seen.tokens.add(Double(tokens))
        }
    }

    /// A request has been answered in the cloud.
    mutating func chargeCloud(_ record: RequestRecord, bill: Double, at now: Time, _ catalogue: inout Catalogue) {
        let seconds = now - record.run.began
        if let weights = weights(of: .cloud, record.model, catalogue) {
            ledger.chargeCloud(
                latency: weights.waitingSecond * seconds, price: weights.cloud(seconds: 0, bill: bill))
        } else {
            ledger.chargeCloud(of: catalogue[record.model], requests: record.count)
        }
        chargeWait(record)
        ledger.charge(bill: bill)
        measure(record.model, &catalogue) { seen in
            seen.cloud.add(seconds)
            seen.bill.add(bill)
        }
    }

    /// What a request's tokens are expected to cost at the edge: a typical request's, or its own where its size and the
    /// engine's rates are known.
    func inferenceCost(of model: ModelID, _ size: RequestSize?, _ catalogue: Catalogue) -> Double {
        if let weights = weights(of: .inference, model, catalogue), let size,
            let seconds = measured[model.index].rates.expectedSeconds(size)
        {
            return weights.waitingSecond * seconds
        }
        return catalogue[model].costs.inferencePerToken * Double(catalogue[model].typicalTokens)
    }

    /// What a request is expected to cost in the cloud: the mean request's, but for what the bill of this one is
    /// expected to be more or less.
    func cloudCost(of model: ModelID, _ size: RequestSize?, _ catalogue: Catalogue) -> Double {
        let mean = catalogue[model].costs.cloudPerRequest
        guard let weights = weights(of: .cloud, model, catalogue), let bill = size?.bill,
            let meanBill = measured[model.index].bill.value
        else { return mean }
        return mean + weights.money * (bill - meanBill)
    }

    mutating func countRejection() { ledger.countRejection() }
    mutating func countEviction() { ledger.countEviction() }

    private mutating func chargeWait(_ record: RequestRecord) {
        guard let weights else { return }
        ledger.chargeWait(weights.waitingSecond * (record.run.began - record.arrival))
    }

    @inline(__always)
    private mutating func measure(
        _ model: ModelID, _ catalogue: inout Catalogue, _ see: (inout MeasuredCosts) -> Void
    ) {
        guard time.costsAreMeasured else { return }
        see(&measured[model.index])
        expectMeasured(of: model, &catalogue)
    }

    /// What a model is expected to cost follows what has been seen of it, and so does what its residents are worth.
    @inline(__always)
    private mutating func expectMeasured(of model: ModelID, _ catalogue: inout Catalogue) {
        guard time.costsAreMeasured, let weights, !catalogue[model].measured.isEmpty else { return }
        catalogue.take(measured[model.index], loadSeconds: loadSeconds(of: model, catalogue), of: model, weights)
        for instance in catalogue.instances(of: model) { changed.insert(revalued: instance) }
    }
}

// Loads.
extension CostBook {
    /// A load has begun: what is declared is charged at once, what is measured when it has ended.
    mutating func chargeLoadBegun(of model: ModelID, _ catalogue: Catalogue) {
        ledger.chargeLoad(cost: weights(of: .load, model, catalogue) == nil ? catalogue[model].loadCost : 0)
    }

    /// - Parameter isGood: how long a load takes that fails says nothing about others.
    mutating func chargeLoadEnded(of model: ModelID, seconds: Double, isGood: Bool, _ catalogue: inout Catalogue) {
        guard time.costsAreMeasured else { return }
        let weight = weights(of: .load, model, catalogue)?.loadingSecond ?? 0
        ledger.chargeLoad(seconds: seconds, cost: weight * seconds)
        guard isGood else { return }
        let (share, bytes) = (measured[model.index].cachedShare, Double(max(1, catalogue[model].residentBytes.count)))
        loadRates.add(seconds / bytes, cachedShare: share)
        measured[model.index].load.add(seconds, cachedShare: share, prior: loadRates, scale: bytes)
        expectLoads(after: model, &catalogue)
    }

    /// More or less of a model's weights would have to be read from the disk now.
    mutating func setCachedShare(_ share: Double, of model: ModelID, _ catalogue: inout Catalogue) {
        measured[model.index].cachedShare = min(1, max(0, share))
        expectMeasured(ofAllWithWeightsOf: model, &catalogue)
    }

    /// What the model's loads took says nothing of its files as they are now.
    mutating func forgetLoads(of model: ModelID, _ catalogue: inout Catalogue) {
        measured[model.index].load = LoadTimes()
        expectMeasured(ofAllWithWeightsOf: model, &catalogue)
    }

    /// The model and its variants.
    private mutating func expectMeasured(ofAllWithWeightsOf model: ModelID, _ catalogue: inout Catalogue) {
        for index in catalogue.models.indices
        where index == model.index || catalogue.models[index].base == model {
            expectMeasured(of: ModelID(index), &catalogue)
        }
    }

    /// A load has ended: something was learnt of every model that has not been loaded yet, too. O(models).
    private mutating func expectLoads(after loaded: ModelID, _ catalogue: inout Catalogue) {
        guard weights != nil else { return }
        for model in catalogue.models.indices.lazy.map({ ModelID($0) }) {
            let host = catalogue[model].base ?? model
            if host == loaded || !measured[host.index].load.isKnown { expectMeasured(of: model, &catalogue) }
        }
    }
}

// The catalogue changes.
extension CostBook {
    /// What has been seen of models stays theirs, and is what the new catalogue's expectations follow.
    mutating func move(_ map: CatalogueMap, _ catalogue: inout Catalogue) {
        let former = measured
        measured = Array(repeating: MeasuredCosts(), count: map.new.models.count)
        for (index, seen) in former.enumerated() {
            if let model = map[ModelID(index)] { measured[model.index] = seen }
        }
        if let joules = tokenEnergy.perToken { catalogue.take(joulesPerToken: joules, hasWeights: weights != nil) }
        for model in catalogue.models.indices { expectMeasured(of: ModelID(model), &catalogue) }
    }
}

// Energy.
extension CostBook {
    var hasEnergyBudget: Bool {
        @inline(__always) get { energy != nil }
    }

    /// Whether the edge's energy suffices for a request that is expected to take these joules.
    mutating func hasEnergy(for joules: Double, at now: Time) -> Bool { energy?.hasRoom(for: joules, at: now) ?? true }

    /// When next some of what was spent leaves the window; nil when nothing will by itself.
    func nextEnergyRelief(after now: Time) -> Time? { energy?.nextRelief(after: now) }

    /// A request begins at the edge.
    ///
    /// - Parameter joules: what it is expected to take; asked for only where there is a budget.
    @inline(__always)
    mutating func reserveEnergy(_ joules: Double) {
        tokenEnergy.requestBegan()
        energy?.reserve(joules)
    }

    /// A request has ended at the edge.
    ///
    /// - Parameter tokens: nil when it failed or was cancelled: then it is taken to have spent what was expected.
    @inline(__always)
    mutating func spendEnergy(of record: RequestRecord, tokens: Int?, at now: Time, _ catalogue: Catalogue) {
        tokenEnergy.requestEnded(tokens: tokens ?? 0)
        guard energy != nil else { return }
        let expected = record.run.joules
        energy?.release(expected)
        // What is measured of the machine has the request's energy in it.
        guard !ledger.joulesAreMeasured else { return }
        let costs = catalogue[record.model].costs
        energy?.spend(tokens.map { costs.joules(tokens: $0) } ?? expected, at: now)
    }

    /// The machine has taken these joules: they are spent and charged, and what a token takes is learnt from them.
    mutating func spendMeasured(_ joules: Double, at now: Time, _ catalogue: inout Catalogue) {
        guard time.costsAreMeasured else { return }
        let isFirst = !ledger.joulesAreMeasured
        ledger.charge(measuredJoules: joules, perJoule: catalogue.pricePerJoule)
        energy?.spend(joules, at: now)
        // It is not known since when the first was measured.
        if isFirst { return tokenEnergy.begin() }
        guard let learnt = tokenEnergy.learn(from: joules) else { return }
        catalogue.take(joulesPerToken: learnt, hasWeights: weights != nil)
        changed.revalueAll()
    }

    mutating func endSlot() { energy?.endSlot() }
}

// Trials (rule 37).
extension CostBook {
    /// Of what requests cost that are sent to the cloud because that is cheaper, trials at the edge may cost this share
    /// more.
    private static let trialShare = 0.02

    /// Whether a request that the cloud would answer for less runs at the edge all the same, so that what is expected
    /// of the edge can be corrected.
    ///
    /// - Parameters:
    ///   - isIdle: whether it would run at once and alone.
    ///   - dearer: what the edge is expected to cost more than the cloud.
    ///   - cloud: what the cloud is expected to cost.
    mutating func takesTrial(_ model: ModelID, isIdle: Bool, dearer: Double, cloud: Double) -> Bool {
        let isDue = measured[model.index].edge.value == nil || measured[model.index].trialCredit >= dearer
        if isIdle, isDue {
            measured[model.index].trialCredit = 0
            return true
        }
        measured[model.index].trialCredit += Self.trialShare * cloud
        return false
    }
}
