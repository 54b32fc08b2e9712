/// What a token takes at the edge, in joules, learnt from what the whole machine is measured to take while requests
/// run.
///
/// Joules wait for tokens: those measured while a long answer was under way are its tokens' as well.
struct TokenEnergy: Codable, Sendable {
    /// Requests that run at the edge.
    private(set) var running = 0
    /// Whether any has run since the machine was measured last.
    private var hasRun = false
    /// Joules measured while requests ran, and tokens of those that ended, of which nothing has been learnt yet.
    private var joules = 0.0
    private var tokens = 0
    private var meanJoules = RunningMean()
    private var meanTokens = RunningMean()

    mutating func requestBegan() {
        running += 1
        hasRun = true
    }

    /// - Parameter tokens: of prefill and decode; 0 of a request that failed or was cancelled.
    mutating func requestEnded(tokens: Int) {
        running -= 1
        self.tokens += tokens
    }

    /// The machine is measured from now on: what ended before says nothing of what will be measured.
    mutating func begin() {
        tokens = 0
        hasRun = running > 0
    }

    /// Takes in what the machine has taken since it was measured last.
    ///
    /// - Returns: the joules of a token, where something was learnt; a mean by tokens, so that a short answer that ends
    ///   while
    ///   a long one runs does not count as much as that.
    mutating func learn(from measured: Double) -> Double? {
        defer { hasRun = running > 0 }
        guard hasRun else { return nil }
        joules += measured
        guard tokens > 0 else { return nil }
        meanJoules.add(joules)
        meanTokens.add(Double(tokens))
        (joules, tokens) = (0, 0)
        return perToken
    }

    /// The joules of a token, once something was learnt.
    var perToken: Double? {
        guard let energy = meanJoules.value, let work = meanTokens.value else { return nil }
        return energy / work
    }
}
