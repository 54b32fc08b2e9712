/// How fast a model works on this machine, by the length of the context, and what its requests are like
/// (docs/planner.md, rule 35).
public struct EngineRates: Codable, Sendable {
    /// Tokens of a whole prompt for each byte of the request; the share of them that is computed; tokens of an answer.
    public private(set) var tokensPerByte = RunningMean()
    public private(set) var computedShare = RunningMean()
    public private(set) var answerTokens = RunningMean()
    /// Seconds a token.
    public private(set) var prefill = ContextRates()
    public private(set) var decode = ContextRates()

    mutating func add(_ work: EngineWork) {
        guard work.promptBytes > 0, work.promptTokens > 0 else { return }
        tokensPerByte.add(Double(work.promptTokens) / Double(work.promptBytes))
        computedShare.add(Double(work.prefillTokens) / Double(work.promptTokens))
        answerTokens.add(Double(work.decodeTokens))
        let context = Double(work.promptTokens)
        if work.prefillTokens > 0 { prefill.add(work.prefillSeconds / Double(work.prefillTokens), context: context) }
        if work.decodeTokens > 0 { decode.add(work.decodeSeconds / Double(work.decodeTokens), context: context) }
    }

    /// Prompt and answer that a request of that size is expected to have, in tokens; nil before anything was seen.
    public func expectedTokens(_ size: RequestSize) -> (prompt: Double, answer: Double)? {
        guard let perByte = tokensPerByte.value, let answer = answerTokens.value else { return nil }
        return (Double(size.promptBytes) * perByte, min(answer, size.answerTokens.map { Double($0) } ?? .infinity))
    }

    /// Seconds that it takes once it runs; nil while a rate has not been seen.
    func expectedSeconds(_ size: RequestSize) -> Double? {
        guard let tokens = expectedTokens(size), let share = computedShare.value,
            let read = prefill.expected(context: tokens.prompt), let write = decode.expected(context: tokens.prompt)
        else { return nil }
        return tokens.prompt * share * read + tokens.answer * write
    }
}

/// Running means of a rate, one for each power of two of the context's length in tokens.
public struct ContextRates: Codable, Sendable {
    /// Up to a million tokens.
    private static let lengths = 20

    private var means = [RunningMean](repeating: RunningMean(), count: lengths + 1)

    mutating func add(_ rate: Double, context: Double) { means[Self.length(context)].add(rate) }

    /// That of the nearest length that was seen, of the shorter one of two; nil before the first.
    public func expected(context: Double) -> Double? {
        let length = Self.length(context)
        for distance in 0...Self.lengths {
            for near in [length - distance, length + distance] where means.indices.contains(near) {
                if let rate = means[near].value { return rate }
            }
        }
        return nil
    }

    private static func length(_ context: Double) -> Int {
        context < 2 ? 0 : min(lengths, Int(context.exponent))
    }
}
