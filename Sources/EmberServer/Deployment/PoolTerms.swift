import EmberContext

/// What requests may have of the tokens that all requests of an engine share.
struct PoolTerms: Sendable, Equatable {
    /// Of all requests together.
    let poolTokens: Int
    /// Of one request: of its prompt and one answer together.
    let windowTokens: Int
    /// Of an answer, where the request names no bound. The engine is then given this one.
    let answerTokens: Int
    /// Requests that may run at once.
    let parallel: Int

    /// - Parameter answerTokens: nil: a quarter of the window.
    init(poolTokens: Int, windowTokens: Int, parallel: Int, answerTokens: Int?) {
        self.poolTokens = poolTokens
        self.windowTokens = windowTokens
        self.parallel = parallel
        self.answerTokens = min(answerTokens ?? max(1, windowTokens / 4), windowTokens)
    }

    /// The most tokens that a request may come to have.
    ///
    /// - Parameter prompt: the prompt's tokens, or an upper bound of them; nil: nothing bounds them.
    func tokens(prompt: Int?, _ answers: AnswerBounds) -> Int {
        let count = max(1, min(answers.answers, Self.mostAnswers))
        let most = windowTokens * count
        guard let prompt else { return most }
        return min(most, prompt + min(answers.tokens ?? answerTokens, windowTokens) * count)
    }

    /// Whether as many such requests as may run at once do not fit together.
    func isScarce(for tokens: Int) -> Bool { tokens > poolTokens / parallel }

    /// Products of what requests name do not overflow.
    private static let mostAnswers = 4096
}
