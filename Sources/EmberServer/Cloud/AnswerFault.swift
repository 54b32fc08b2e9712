import Foundation
import NIOHTTP1

/// Whose fault it is that a server has answered with an error of its own.
enum AnswerFault: Sendable, Equatable {
    /// The request's: the server says so.
    case request
    /// The request's or the server's: see `Suspicion`.
    case unclear
    /// Neither's: this upstream does not have what is asked for, and another one may.
    case place
    /// The server's.
    case server(Breaker.Failure)

    /// - Returns: nil for good answers, and for those whose status says that the request is at fault.
    init?(_ answer: EngineAnswer, at now: Date) {
        guard let failure = Breaker.Failure(answer, at: now) else { return nil }
        guard failure == .broken, Self.mayBlameRequest(answer.status), case .whole(let body) = answer.content,
            let error = ErrorObject(told: body.readableBytesView)
        else {
            self = .server(failure)
            return
        }
        self.init(error, answer.status)
    }

    /// Of an error object in the API's form.
    init(_ error: ErrorObject, _ status: HTTPResponseStatus = .internalServerError) {
        self = error.blamesRequest || status == .notImplemented ? .request : .unclear
    }

    /// What an upstream's status says beyond that: not of the request, but of the place that was asked. Nil where it
    /// says nothing of the kind.
    init?(ofUpstream status: HTTPResponseStatus) {
        switch status.code {
        // A model, path or host that it does not know.
        case 404, 405, 410, 421: self = .place
        // It has not read in time what was sent at once.
        case 408: self = .server(.broken)
        default: return nil
        }
    }

    /// Whether another place may answer the request.
    var mayBeServers: Bool { self != .request }

    /// Gateways and servers that are busy speak for themselves, and so do the statuses that proxies in front of them
    /// have made up.
    private static func mayBlameRequest(_ status: HTTPResponseStatus) -> Bool {
        status.code >= 500 && ![502, 503, 504, 507, 529].contains(status.code) && !(520...530).contains(status.code)
    }
}
