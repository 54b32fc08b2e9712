/// A place where a request could run, with what that is expected to cost (system model, "Costs").
public struct Alternative: Hashable, Sendable {
    public enum Place: String, Hashable, Sendable {
        /// On the model, which is in memory.
        case resident
        /// On the model, which is coming or going.
        case wait
        /// On the model, once it has been loaded.
        case load
        case cloud
    }

    public let place: Place
    /// kappa of the accuracy is as it is now; inference and energy are of a typical request's tokens, or of this one's
    /// where its size is known; a measured load's switching contains the waiting for it.
    public let costs: CostVector

    public subscript(term: CostTerm) -> Double { costs[term] }

    public var total: Double { costs.total }
}

extension EdgeState {
    /// Where a request of the pair could run now, the edge first. O(1).
    ///
    /// - Parameters:
    ///   - size: of the request; nil: a typical one.
    ///   - tokens: the bound of its tokens; 0: it counts none.
    ///   - ahead: those that wait for the model and have their turn before it; nil: all that wait.
    public func alternatives(
        _ service: ServiceID, _ model: ModelID, offloadable: Bool, size: RequestSize? = nil, tokens: Int = 0,
        behind ahead: Int? = nil
    ) -> [Alternative] {
        let spec = catalogue[model]
        var cloudCosts = CostVector()
        cloudCosts[.cloud] = self.costs.cloudCost(of: model, size, catalogue)
        let cloud = Alternative(place: .cloud, costs: cloudCosts)
        guard spec.placement == .edge else { return [cloud] }
        let instance = catalogue.instance(service, model)
        let place: Alternative.Place =
            switch self[instance].phase {
            case .absent: .load
            case .reserved, .loading, .leaving: .wait
            case .resident: self[instance].isDraining ? .wait : .resident
            }
        let kappa = ageOfContext(of: service, on: instance)
        var costs = CostVector()
        if place == .load {
            costs[.switching] = catalogue[self[instance].model].loadCost
        } else {
            costs[.waiting] =
                (settings.weights?.waitingSecond ?? 0) * expectedWait(for: instance, tokens: tokens, behind: ahead)
        }
        costs[.accuracy] = spec.costs.wrongAnswer * (1 - spec.accuracy.accuracy(at: kappa))
        costs[.inference] = self.costs.inferenceCost(of: model, size, catalogue)
        costs[.energy] = spec.costs.energy(tokens: spec.typicalTokens)
        costs[.transmission] = spec.costs.transmissionPerRequest
        let edge = Alternative(place: place, costs: costs)
        return offloadable ? [edge, cloud] : [edge]
    }
}
