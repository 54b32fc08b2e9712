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
    /// Waiting for a turn or for a load that has begun, where seconds have a weight.
    public let waiting: Double
    /// lambda, where a load is needed; measured, the waiting for it is in it.
    public let switching: Double
    /// c_A (1 - A(kappa)), kappa as it is now.
    public let accuracy: Double
    /// c_m / f_n times the tokens of a typical request.
    public let inference: Double
    /// Of these tokens, at the price of a joule.
    public let energy: Double
    public let transmission: Double
    /// l_0, in the cloud.
    public let cloud: Double

    public var total: Double { waiting + switching + accuracy + inference + energy + transmission + cloud }
}

extension EdgeState {
    /// Where a request of the pair could run now, the edge first. O(1).
    ///
    /// - Parameters:
    ///   - size: of the request; nil: a typical one.
    ///   - ahead: those that wait for the model and have their turn before it; nil: all that wait.
    public func alternatives(
        _ service: ServiceID, _ model: ModelID, offloadable: Bool, size: RequestSize? = nil, behind ahead: Int? = nil
    ) -> [Alternative] {
        let spec = catalogue[model]
        let cloud = Alternative(
            place: .cloud, waiting: 0, switching: 0, accuracy: 0, inference: 0, energy: 0, transmission: 0,
            cloud: cloudCost(of: model, size))
        guard spec.placement == .edge else { return [cloud] }
        let instance = catalogue.instance(service, model)
        let place: Alternative.Place =
            switch self[instance].phase {
            case .absent: .load
            case .reserved, .loading, .leaving: .wait
            case .resident: self[instance].isDraining ? .wait : .resident
            }
        let kappa = ageOfContext(of: service, on: instance)
        let edge = Alternative(
            place: place,
            waiting: place == .load
                ? 0 : (settings.weights?.waitingSecond ?? 0) * expectedWait(for: instance, behind: ahead),
            switching: place == .load ? catalogue[self[instance].model].loadCost : 0,
            accuracy: spec.costs.wrongAnswer * (1 - spec.accuracy.accuracy(at: kappa)),
            inference: inferenceCost(of: model, size), energy: spec.costs.energy(tokens: spec.typicalTokens),
            transmission: spec.costs.transmissionPerRequest, cloud: 0)
        return offloadable ? [edge, cloud] : [edge]
    }

    /// A typical request's; of one whose size is known, where the engine's rates have been seen, its own.
    private func inferenceCost(of model: ModelID, _ size: RequestSize?) -> Double {
        if let weights = settings.weights, catalogue[model].measured.contains(.inference), let size,
            let seconds = costs.measured[model.index].rates.expectedSeconds(size)
        {
            return weights.waitingSecond * seconds
        }
        return catalogue[model].costs.inferencePerToken * Double(catalogue[model].typicalTokens)
    }

    /// The mean request's, but for what the bill of this one is expected to be more or less.
    private func cloudCost(of model: ModelID, _ size: RequestSize?) -> Double {
        let mean = catalogue[model].costs.cloudPerRequest
        guard let weights = settings.weights, catalogue[model].measured.contains(.cloud), let bill = size?.bill,
            let meanBill = costs.measured[model.index].bill.value
        else { return mean }
        return mean + weights.money * (bill - meanBill)
    }
}
