import EmberNetwork
import Foundation

extension Breaker.Failure {
    /// What an answer's status says about the server; nil where it is well, also when the request was at fault.
    init?(_ answer: EngineAnswer, at now: Date) {
        switch answer.status.code {
        case 429: self = .busy(retryAfterSeconds: answer.head.retryAfterSeconds(at: now))
        case 500, 502, 503, 504, 529:
            self = answer.head.retryAfterSeconds(at: now).map { .busy(retryAfterSeconds: $0) } ?? .broken
        case 401, 402, 403: self = .refused
        case 500...: self = .broken
        default: return nil
        }
    }

    /// The meaning of an error with such a status that has come in an answer of 200.
    init(toldStatus status: Int) {
        switch status {
        case 429: self = .busy(retryAfterSeconds: nil)
        case 401, 402, 403: self = .refused
        default: self = .broken
        }
    }
}

extension AnswerHead {
    /// For how long the server wants no requests; nil where it does not say.
    func retryAfterSeconds(at now: Date) -> Double? {
        guard let text = headers.first(name: "retry-after") else { return nil }
        let wish = text.trimmingCharacters(in: .whitespaces)
        if wish.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) {
            return Double(wish).map { min($0, Self.longestWishSeconds) }
        }
        let now = now.timeIntervalSince1970
        return HTTPDate.seconds(wish, now: now).map { min(max(0, $0 - now), Self.longestWishSeconds) }
    }

    /// A year: more is as good as that, and still a number of seconds for all who read it.
    private static let longestWishSeconds = 31_536_000.0
}
