import EmberCore

/// What instances save at the edge, slot by slot, if their context were the best that any schedule could give it.
///
/// Every pair's context is taken to be that of a pair which has always been resident and always been served. No
/// schedule has a higher kappa, for the papers' law is monotone in K, kappa and delta. Where less context may be better
/// (a measured table, a negative gain), the best accuracy at any kappa up to that one counts.
struct OptimisticSavings {
    /// In cost units; never negative, for the cloud can take what would cost more at the edge.
    struct Saving: Equatable {
        var atMost = 0.0
        /// The same in the slot of a load.
        var afterLoad = 0.0
    }

    private let catalogue: Catalogue
    private let retention: ContextRetention
    private var contexts: [ContextState]

    init(_ scenario: Scenario) {
        catalogue = scenario.catalogue
        retention = scenario.edge.retention
        contexts = Array(repeating: ContextState(), count: scenario.catalogue.pairCount)
    }

    /// By instance, the savings in the next slot; nil where an instance has no requests. O(pairs).
    mutating func next(_ batches: [Batch]) -> [Saving?] {
        var savings = [Saving?](repeating: nil, count: catalogue.instanceCount)
        var served = [Double](repeating: 0, count: contexts.count)
        for batch in batches {
            let (service, model) = (catalogue.service(of: batch.pair), catalogue.model(of: batch.pair))
            let instance = catalogue.instance(service, model).index
            let kappa = contexts[batch.pair.index].ageOfContext
            let requests = Double(batch.count)
            var saving = savings[instance] ?? Saving()
            saving.atMost += requests * best(model, upTo: kappa)
            // An eviction has lost the context, or has not.
            saving.afterLoad += requests * best(model, upTo: retention == .lost ? 0 : kappa)
            savings[instance] = saving
            served[batch.pair.index] = requests
        }
        endSlot(served)
        return savings
    }

    /// Per request.
    private func best(_ model: ModelID, upTo kappa: Double) -> Double {
        let spec = catalogue[model]
        return max(0, spec.costs.saving(accuracy: spec.accuracy.best(upTo: kappa), tokens: spec.typicalTokens))
    }

    private mutating func endSlot(_ served: [Double]) {
        for index in contexts.indices {
            let pair = PairID(index)
            contexts[index].endSlot(
                at: .zero, served: served[index], vanishing: catalogue[catalogue.service(of: pair)].vanishing,
                window: catalogue.windowExamples(of: pair))
        }
    }
}

extension ContextState {
    /// kappa between the ends of slots, where nothing fades.
    fileprivate var ageOfContext: Double { ageOfContext(at: .zero, vanishing: 0) }
}

extension AccuracyModel {
    /// The best accuracy at any Age of Context from 0 to `kappa`. The published forms are monotone, so one end has it;
    /// a measured table has it at an end or at a point in between.
    func best(upTo kappa: Double) -> Double {
        var best = max(accuracy(at: 0), accuracy(at: kappa))
        if case .measured(let points) = self {
            for point in points where (0...kappa).contains(point.examples) { best = max(best, point.accuracy) }
        }
        return best
    }
}
