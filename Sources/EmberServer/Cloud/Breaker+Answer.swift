extension Breaker.Failure {
    /// What an upstream's answer says about the upstream; nil where it is well, also when the request was at fault.
    init?(_ answer: EngineAnswer) {
        switch answer.status.code {
        case 429: self = .busy(retryAfterSeconds: answer.headers.first(name: "retry-after").flatMap(Double.init))
        case 401, 402, 403: self = .refused
        case 500...: self = .broken
        default: return nil
        }
    }
}
