/// Measurements of a model, computed by the planner from the instants of its events: so a replay and a simulation have
/// the server's figures.
public struct MeasuredCosts: Codable, Sendable {
    /// Seconds from the beginning of a load to its end.
    public internal(set) var load = LoadTimes()
    /// Seconds from a request's dispatch to the end of its answer, at the edge.
    public internal(set) var edge = RunningMean()
    /// Tokens of prefill and decode of a request at the edge.
    public internal(set) var tokens = RunningMean()
    /// Seconds from a request's offloading to the end of its answer.
    public internal(set) var cloud = RunningMean()
    /// Money that an offloaded request has cost.
    public internal(set) var bill = RunningMean()
    /// Of the weights, in the page cache: 0 to 1.
    public internal(set) var cachedShare = 1.0
    public internal(set) var rates = EngineRates()
    /// The edge's extra cost over the cloud that may be spent on a trial, which measures the edge (rule 37).
    var trialCredit = 0.0

    /// Seconds that an answer is expected to take at the edge once it runs, by the request's size where the engine's
    /// rates are known; nil before any.
    public func answerSeconds(_ size: RequestSize) -> Double? { rates.expectedSeconds(size) ?? edge.value }
}

/// A mean that follows: of the first values all count alike, later ones push older ones out slowly.
public struct RunningMean: Codable, Sendable {
    /// How many values it follows at most.
    static let memory = 20.0

    private var count = 0.0
    private var mean = 0.0

    /// nil before the first.
    public var value: Double? { count > 0 ? mean : nil }

    mutating func add(_ value: Double) {
        count = min(count + 1, Self.memory)
        mean += (value - mean) / count
    }
}

extension ModelSpec {
    /// What a request of a model that only the edge has costs where it is absent: a load besides what it costs anyway.
    public var costOfAbsence: Double {
        loadCost + costs.wrongAnswer * (1 - accuracy.accuracy(at: 0)) + costs.inferencePerToken * Double(typicalTokens)
            + costs.energy(tokens: typicalTokens) + costs.transmissionPerRequest
    }

    /// Replaces the undeclared terms by their measurements.
    ///
    /// - Parameter loadSeconds: the expected duration of a load; nil: unknown.
    mutating func take(_ seen: MeasuredCosts, loadSeconds: Double?, _ weights: CostWeights) {
        if measured.contains(.load), let seconds = loadSeconds {
            costs.load = .constant(weights.load(seconds: seconds))
        }
        if measured.contains(.inference), let seconds = seen.edge.value {
            typicalTokens = max(1, Int((seen.tokens.value ?? 0).rounded()))
            costs.inferencePerToken = weights.waitingSecond * seconds / Double(typicalTokens)
        }
        if measured.contains(.cloud), let seconds = seen.cloud.value {
            costs.cloudPerRequest = weights.cloud(seconds: seconds, bill: seen.bill.value ?? 0)
        }
        takeCostOfAbsence()
    }

    /// If only the edge has the model, the price of sending a request away is that of its absence.
    public mutating func takeCostOfAbsence() {
        if measured.contains(.absence) { costs.cloudPerRequest = costOfAbsence }
    }
}
