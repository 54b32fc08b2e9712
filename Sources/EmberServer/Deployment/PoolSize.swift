import EmberCore

/// How many tokens the pool of an engine has where the configuration does not say.
enum PoolSize {
    /// Idle conversations of one model may take one of these parts of the memory budget.
    private static let budgetParts = 16
    /// llama.cpp rounds a pool up to a multiple of this, in tokens.
    private static let step = 256

    /// A window for one running request, and more for others and for idle conversations: as much as a sixteenth of the
    /// budget holds, and at most a window for each of the requests that may run at once.
    ///
    /// - Parameters:
    ///   - budget: nil: it is not known, and the pool has one window.
    ///   - bytes: what an engine takes, by the tokens of its pool; it never falls as the pool grows.
    static func tokens(window: Int, parallel: Int, budget: Bytes?, bytes: (Int) -> Bytes) -> Int {
        guard let budget, parallel > 1 else { return window }
        let most = bytes(window) + Bytes(budget.count / budgetParts)
        let largest = window.multipliedReportingOverflow(by: parallel)
        guard !largest.overflow else { return window }
        // The largest number of steps that fits lies in `low..<high`.
        var (low, high) = (0, (largest.partialValue - window) / step + 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if bytes(window + middle * step) <= most { low = middle } else { high = middle }
        }
        return window + low * step
    }
}
