/// The declared prices of a model, all in one unit of cost that the operator or the scenario names.
///
/// The defaults price a load and an offloaded request at one unit each and everything else at nothing.
public struct CostRates: Hashable, Codable, Sendable {
    /// lambda: the cost of one load.
    public var load: LoadCost
    /// l_0: the cost of a request that the cloud runs.
    public var cloudPerRequest: Double
    /// l_access + d_i / rate: the cost of carrying a request's input to the edge.
    public var transmissionPerRequest: Double
    /// c_m / f_n: the cost of one token of prefill or decode at the edge.
    public var inferencePerToken: Double
    /// c_A: the cost of one wrong answer at the edge.
    public var wrongAnswer: Double
    /// e_m: the energy of one token of prefill or decode at the edge, in joules.
    public var joulesPerToken: Double
    /// The cost of one joule at the edge; 0 leaves energy a constraint alone, as in the papers.
    public var perJoule: Double

    public init(
        load: LoadCost = .constant(1), cloudPerRequest: Double = 1, transmissionPerRequest: Double = 0,
        inferencePerToken: Double = 0, wrongAnswer: Double = 0, joulesPerToken: Double = 0, perJoule: Double = 0
    ) {
        self.load = load
        self.cloudPerRequest = cloudPerRequest
        self.transmissionPerRequest = transmissionPerRequest
        self.inferencePerToken = inferencePerToken
        self.wrongAnswer = wrongAnswer
        self.joulesPerToken = joulesPerToken
        self.perJoule = perJoule
    }

    /// The energy of `tokens` at the edge, in joules.
    func joules(tokens: Int) -> Double { joulesPerToken * Double(tokens) }

    /// The cost of the energy of `tokens` at the edge.
    func energy(tokens: Int) -> Double { perJoule * joules(tokens: tokens) }

    /// What a request of `tokens` (prefill and decode) saves at the edge, compared with the cloud.
    public func saving(accuracy: Double, tokens: Int) -> Double {
        let edge = cloudPerRequest - transmissionPerRequest - inferencePerToken * Double(tokens)
        let answered = edge - wrongAnswer * (1 - accuracy)
        return perJoule > 0 ? answered - energy(tokens: tokens) : answered
    }
}

/// lambda_m: what bringing a model into memory costs.
public enum LoadCost: Hashable, Codable, Sendable {
    case constant(Double)
    case perByte(Double)

    public func cost(of bytes: Bytes) -> Double {
        switch self {
        case .constant(let cost): cost
        case .perByte(let cost): cost * Double(bytes.count)
        }
    }
}
