import EmberCore

// Rules 47 and 48.
extension SlowPlanner {
    /// Of a request on an instance; 0 where there is no pool.
    private func tokens(_ ask: Ask, _ target: Int) -> Int {
        engines[target].pool.map { min($0, ask.terms.tokens) } ?? 0
    }

    private func reserved(_ target: Int) -> Int { running(target).map { tokens($0, target) }.reduce(0, +) }

    func hasTokens(_ ask: Ask, _ target: Int) -> Bool {
        engines[target].pool.map { reserved(target) + tokens(ask, target) <= $0 } ?? true
    }

    /// What is held beside what is reserved now must go.
    mutating func makeRoom(_ target: Int) {
        guard let pool = engines[target].pool, reserved(target) + engines[target].held > pool else { return }
        let excess = reserved(target) + engines[target].held - pool
        engines[target].held -= excess
        answers.append(.makeRoom(InstanceID(target), tokens: excess))
    }

    mutating func hold(_ target: Int, _ tokens: Int) {
        guard engines[target].pool != nil else { return }
        engines[target].held = tokens
        makeRoom(target)
    }

    mutating func countTokens(_ id: RequestID, _ tokens: Int) {
        change(id) { $0.terms.tokens = min($0.terms.tokens, tokens) }
    }

    mutating func openPool(_ target: Int) {
        engines[target].pool = spec(target).poolTokens
        engines[target].held = 0
    }

    mutating func closePool(_ target: Int) {
        engines[target].pool = nil
        engines[target].held = 0
    }
}
