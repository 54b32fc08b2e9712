import EmberCore
import EmberSystem
import Synchronization

/// What the access log says of a request for inference, beside its path and its status: taken down while the request
/// is on its way.
final class AccessNote: Sendable {
    struct Facts {
        var id: String?
        /// Of a client's own trace.
        var trace: String?
        var model: String?
        var service: String?
        /// `edge`, `none`, or `cloud:` and the upstream's name.
        var place: String?
        var answeredBy: String?
        /// As metrics count it.
        var outcome: String?
        var reason: String?
        var seconds = Seconds()
        var tokens = Tokens()

        struct Seconds {
            /// Until it was sent to an engine or an upstream, and until the first event of its stream.
            var waited: Double?
            var toFirstToken: Double?
        }

        struct Tokens {
            var prompt: Int?
            var reused: Int?
            var answer: Int?
        }
    }

    private let state = Mutex(Facts())

    var facts: Facts { state.withLock { $0 } }

    func take(id: String, trace: String?) {
        state.withLock { ($0.id, $0.trace) = (id, trace) }
    }

    /// The request has ended.
    func take(_ end: RequestEnd, of request: RequestLife, _ figures: RequestFigures, _ deployment: Deployment) {
        let upstream = request.isOffloaded ? request.cloud.reservation?.target.upstream.name : nil
        state.withLock { facts in
            facts.model = deployment[request.model].name
            facts.service = deployment.catalogue[request.service].name
            facts.place = upstream.map { "cloud:\($0)" } ?? (request.server == nil ? "none" : "edge")
            if end.outcome == .answered { facts.answeredBy = deployment[request.server ?? request.model].name }
            (facts.outcome, facts.reason) = (end.outcome.rawValue, end.reason.isEmpty ? nil : end.reason)
            facts.seconds.waited = figures.sent.map { figures.arrived.duration(to: $0) / .seconds(1) }
            facts.seconds.toFirstToken = end.firstToken.map { figures.arrived.duration(to: $0) / .seconds(1) }
            facts.tokens = .init(
                prompt: end.tokens?.input, reused: end.reusedTokens, answer: end.tokens?.output)
        }
    }
}
