/// Money that may be spent in the cloud, in the unit of the prices.
public struct CloudBudgetConfiguration: Sendable, Equatable {
    /// A day of UTC; nil: no bound.
    public var day: Double?
    /// A month of UTC; nil: no bound.
    public var month: Double?

    public init() {}

    var isSet: Bool { day != nil || month != nil }
}

/// What an upstream asks for tokens.
public struct PriceConfiguration: Sendable, Equatable {
    /// For a million tokens of prompts.
    public var input: Double?
    /// For a million tokens of answers.
    public var output: Double?
    /// Tokens of an answer at most, where the request does not say.
    public var maxTokens = 4096
    /// Tokens of a prompt at most of which not all is in the request.
    public var maxInputTokens = 128_000

    public init() {}
}
