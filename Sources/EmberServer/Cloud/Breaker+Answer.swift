import Foundation

extension Breaker.Failure {
    /// What an answer's status says about the upstream; nil where it is well, also when the request was at fault.
    init?(_ answer: EngineAnswer, at now: Date) {
        let wish = answer.head.headers.first(name: "retry-after").flatMap { Self.seconds($0, after: now) }
        switch answer.status.code {
        case 429: self = .busy(retryAfterSeconds: wish)
        case 503 where wish != nil: self = .busy(retryAfterSeconds: wish)
        case 401, 402, 403: self = .refused
        case 500...: self = .broken
        default: return nil
        }
    }

    /// Of a Retry-After, which is a number or a date.
    private static func seconds(_ text: String, after now: Date) -> Double? {
        if let seconds = Double(text) { return seconds.isFinite ? seconds : nil }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.date(from: text).map { max(0, $0.timeIntervalSince(now)) }
    }
}
