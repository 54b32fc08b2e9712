/// The weights of the cost terms, in seconds of a client's waiting: with weights, costs are measured instead of
/// declared (system model, "Costs").
public struct CostWeights: Hashable, Codable, Sendable {
    /// A second that a client waits: for memory, for its turn, for its answer.
    public var waitingSecond = 1.0
    /// A second that a load takes, besides the waiting of those who need it.
    public var loadingSecond = 1.0
    /// The fixed cost of sending a request away, besides its time and price.
    public var offloading = 5.0
    /// One unit of the money in which upstreams state their prices.
    public var money = 180.0

    public init() {}

    /// The expectation of a load before the first one: 1 GB/s, and 0.3 s to start a process.
    public func expectedLoad(of bytes: Bytes) -> LoadCost {
        .constant(load(seconds: 0.3 + Double(bytes.count) / 1e9))
    }

    /// The expected cost of a load: a client waits for it while it keeps the machine busy.
    public func load(seconds: Double) -> Double { (loadingSecond + waitingSecond) * seconds }

    /// The cost of a request in the cloud.
    public func cloud(seconds: Double, bill: Double) -> Double {
        offloading + waitingSecond * seconds + money * bill
    }
}

/// The cost terms that a model does not declare; they are measured if there are weights.
public struct MeasuredTerms: OptionSet, Hashable, Codable, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let load = MeasuredTerms(rawValue: 1)
    public static let inference = MeasuredTerms(rawValue: 2)
    public static let cloud = MeasuredTerms(rawValue: 4)
    /// Only the edge has the model: a request that finds it absent costs a load, so residency saves a load.
    public static let absence = MeasuredTerms(rawValue: 8)
    /// The energy of a token: learnt if the machine's energy is measured, with or without weights.
    public static let energy = MeasuredTerms(rawValue: 16)
}
