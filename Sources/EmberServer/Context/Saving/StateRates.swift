/// How long the engines of one file, build and flags take to save a state, to restore it, and to compute it.
///
/// Means of what was measured. What was not measured yet is assumed where a request waits for the answer; a save that
/// could stall requests waits until its time is known.
struct StateRates: Sendable {
    private var saveSecondsPerByte: Double?
    private var restoreSecondsPerByte: Double?
    private var prefillSecondsPerToken: Double?
    private var bytesPerToken: Double?

    /// How far one measurement moves a mean.
    private static let weight = 0.25
    /// Of a restore, beside what grows with the state: the file is looked up, the engine is asked.
    private static let restoreSeconds = 0.005
    private static let assumedRestoreSecondsPerByte = 2e-9
    /// A fast machine's.
    private static let assumedPrefillSecondsPerToken = 2e-4
    /// Of fewer computed tokens in one prompt, the time says little of a token.
    static let leastTokens = 32

    // MARK: Measured

    /// - Parameter seconds: for which the engine did nothing else.
    mutating func noteSave(tokens: Int, bytes: Int, seconds: Double) {
        guard tokens > 0, bytes > 0, seconds >= 0 else { return }
        Self.move(&saveSecondsPerByte, to: seconds / Double(bytes))
        Self.move(&bytesPerToken, to: Double(bytes) / Double(tokens))
    }

    /// - Parameter seconds: until the request could go on.
    mutating func noteRestore(bytes: Int, seconds: Double) {
        guard bytes > 0, seconds >= 0 else { return }
        Self.move(&restoreSecondsPerByte, to: max(0, seconds - Self.restoreSeconds) / Double(bytes))
    }

    /// - Parameter tokens: that were computed, not reused.
    mutating func notePrefill(tokens: Int, seconds: Double) {
        guard tokens >= Self.leastTokens, seconds > 0 else { return }
        Self.move(&prefillSecondsPerToken, to: seconds / Double(tokens))
    }

    private static func move(_ mean: inout Double?, to value: Double) {
        mean = mean.map { $0 + weight * (value - $0) } ?? value
    }

    // MARK: Expected

    /// Bytes of a state; nil: none was saved yet.
    func bytes(tokens: Int) -> Int? { bytesPerToken.map { Int($0 * Double(tokens)) } }

    /// For how long a save stalls its engine, in seconds; nil: none was measured yet.
    func saveSeconds(tokens: Int) -> Double? {
        guard let saveSecondsPerByte, let bytesPerToken else { return nil }
        return saveSecondsPerByte * bytesPerToken * Double(tokens)
    }

    /// Whether it takes less time to restore a state than to compute what a prompt has of it.
    ///
    /// - Parameter tokens: that need not be computed then.
    func isRestoreWorthIt(tokens: Double, bytes: Int) -> Bool {
        let restore = Self.restoreSeconds + Double(bytes) * (restoreSecondsPerByte ?? Self.assumedRestoreSecondsPerByte)
        return restore < tokens * (prefillSecondsPerToken ?? Self.assumedPrefillSecondsPerToken)
    }

    /// The same of a state that could be saved; true where its size is not known yet.
    func isSaveWorthIt(tokens: Int) -> Bool {
        bytes(tokens: tokens).map { isRestoreWorthIt(tokens: Double(tokens), bytes: $0) } ?? true
    }
}
