// What requests and idle conversations have of their engines' pools (rules 47 and 48).
extension Dispatcher {
    /// The driver has counted a request: from now on it may have at most these tokens. Where it waits, it may fit now;
    /// where it runs, others may.
    mutating func countTokens(_ tokens: Int, of request: RequestID, _ edge: inout EdgeState) {
        guard requests.isLive(request), tokens < requests[request].terms.tokens else { return }
        let former = requests[request].terms.tokens
        requests[request].counted(tokens)
        guard requests[request].state == .running,
            requests[request].run.life == edge[requests[request].instance].life
        else { return }
        edge.tokens?.lower(former, to: tokens, on: requests[request].instance)
    }

    /// - Parameter excess: held tokens that are needed for running requests; nil: no pool is bounded.
    @inline(__always)
    mutating func letGo(of excess: Int?, on instance: InstanceID) {
        if let excess, excess > 0 { effects.append(.makeRoom(instance, tokens: excess)) }
    }
}
