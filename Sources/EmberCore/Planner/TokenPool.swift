/// The tokens of one engine, which its running requests and its idle conversations share.
public struct TokenPool: Hashable, Codable, Sendable {
    /// What all of them may have together.
    public let limit: Int
    /// What running requests may have at most, together.
    public private(set) var reserved = 0
    /// What idle conversations have, as far as it is not reserved.
    public private(set) var held = 0

    init(limit: Int) { self.limit = limit }

    /// Whether a further request may run beside those that do. What is held does not matter: that can go.
    ///
    /// - Parameter bound: of the request's tokens.
    public func fits(_ bound: Int) -> Bool { reserved + share(of: bound) <= limit }

    /// A bound as it counts here: no request can have more than all tokens.
    func share(of bound: Int) -> Int { min(max(0, bound), limit) }
}

extension TokenPool {
    /// A request begins to run.
    ///
    /// - Returns: how many tokens of idle conversations must go first.
    mutating func reserve(_ bound: Int) -> Int {
        reserved += share(of: bound)
        return giveUpExcess()
    }

    /// A request runs no longer.
    mutating func release(_ bound: Int) { reserved -= share(of: bound) }

    /// A running request turns out to have less than its bound.
    mutating func lower(_ former: Int, to bound: Int) { reserved -= share(of: former) - share(of: bound) }

    /// Idle conversations have this many tokens now.
    ///
    /// - Returns: how many of them must go, because they are reserved.
    mutating func hold(_ tokens: Int) -> Int {
        held = max(0, tokens)
        return giveUpExcess()
    }

    private mutating func giveUpExcess() -> Int {
        let excess = max(0, reserved - limit + held)
        held -= excess
        return excess
    }
}
