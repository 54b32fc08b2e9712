import EmberCore

/// One of the latest requests in a line, as the page lists it: where it is, or how it has ended.
public struct RequestRowView: Codable, Sendable {
    public enum Stage: String, Codable, Sendable {
        case waiting, running, answered, failed, refused
        /// Its client has gone.
        case gone
    }

    public var id: String
    public var service: String
    /// The one that was asked for.
    public var model: String
    public var stage: Stage
    /// Where it runs or ran: resident, wait, load or cloud, as it was when it came; nil: nowhere yet.
    public var place: String?
    /// The model that answers; nil: none yet.
    public var server: String?
    /// Seconds since Ember's start.
    public var arrived: Double
    /// From then to its end; nil: it has not ended.
    public var seconds: Double?
    /// From then to the first token, as far as its engine has said how long it read; nil: that is not known.
    public var firstTokenSeconds: Double?
    /// Of prefill and decode; nil: not answered yet.
    public var tokens: Int?
    /// Of its prompt, not computed again; nil: that is not known.
    public var reusedTokens: Int?
    /// What it was expected to cost there, all terms together; nil: it runs nowhere yet.
    public var cost: Double?

    /// - Parameter prefillSeconds: what its engine took to read the prompt; nil: it did not say.
    init(_ decision: RequestDecisionView, prefillSeconds: Double?) {
        id = decision.id
        (service, model, arrived) = (decision.service, decision.model, decision.arrived)
        let chosen = decision.alternatives.first { $0.isChosen }
        (place, server, cost) = (chosen?.place, chosen?.model, chosen?.total)
        stage = decision.steps.reduce(.waiting) { Stage(after: $1.what) ?? $0 }
        guard let last = decision.steps.last, !stage.isUnderWay else { return }
        seconds = last.time - arrived
        (tokens, reusedTokens) = (last.tokens, last.slot?.reusedTokens)
        if let prefillSeconds, let begun = decision.steps.last(where: { $0.what == "edge" }) {
            firstTokenSeconds = begun.time - arrived + prefillSeconds
        }
    }
}

extension RequestRowView.Stage {
    fileprivate var isUnderWay: Bool { self == .waiting || self == .running }

    /// nil: the step changes nothing about it.
    fileprivate init?(after step: String) {
        switch step {
        case "waits": self = .waiting
        case "edge", "cloud": self = .running
        case "answered", "failed", "refused", "gone": self = Self(rawValue: step) ?? .failed
        default: return nil
        }
    }
}
