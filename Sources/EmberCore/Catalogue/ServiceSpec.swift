/// An AI service (an application's kind of request) as the planner knows it.
public struct ServiceSpec: Hashable, Codable, Sendable {
    public var name: String
    /// Delta: context value lost per second (live) or per slot (simulation), in examples.
    public var vanishing: Double
    /// k_i: tokens of one demonstration.
    public var demonstrationTokens: Int
    /// Models that may answer a request of the service in place of the one that it asks for.
    public var standIns: [ModelID]

    public init(
        name: String, vanishing: Double = 0.01, demonstrationTokens: Int = 100, standIns: [ModelID] = []
    ) {
        precondition(vanishing >= 0, "service \(name): vanishing must not be negative")
        precondition(demonstrationTokens > 0, "service \(name): a demonstration has at least one token")
        self.name = name
        self.vanishing = vanishing
        self.demonstrationTokens = demonstrationTokens
        self.standIns = standIns
    }
}
