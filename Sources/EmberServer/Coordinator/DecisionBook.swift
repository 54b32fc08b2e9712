import EmberCore
import Logging

/// What is kept, and logged, of decisions: the latest admissions, and what has become of the latest requests.
struct DecisionBook {
    private let deployment: Deployment
    private let logger: Logger
    /// Whether the log says of each request what has become of it.
    private let logsRequests: Bool
    private var admissions = DecisionRing()
    private var trails = RequestTrails()

    init(_ deployment: Deployment, logsRequests: Bool, _ logger: Logger) {
        self.deployment = deployment
        self.logsRequests = logsRequests
        self.logger = logger
    }

    var newestFirst: [DecisionView] { admissions.newestFirst }

    func newestDecision(for newcomer: String) -> DecisionView? {
        admissions.newestFirst.first { $0.newcomer == newcomer }
    }

    /// Why one of the latest requests ran where it ran; nil: it is not known, or not any more.
    func explanation(of name: String) -> RequestDecisionView? { trails[name] }

    func name(of trail: RequestTrails.Place?) -> String { trail.flatMap { trails[$0]?.id } ?? "" }

    /// Begins to write down what becomes of a request.
    ///
    /// - Parameter edge: as it is now, not as it was at the last event.
    mutating func open(
        _ name: String, _ service: ServiceID, _ model: ModelID, _ terms: RequestTerms, mayLeave: Bool,
        edge: EdgeState, at now: Time
    ) -> RequestTrails.Place {
        let (size, tokens) = (terms.size, terms.tokens)
        let own = edge.alternatives(service, model, offloadable: mayLeave, size: size, tokens: tokens)
        var alternatives = own.map { RequestDecisionView.Alternative($0, deployment[model].name) }
        for standIn in deployment.catalogue[service].standIns where standIn != model {
            let others = edge.alternatives(service, standIn, offloadable: false, size: size, tokens: tokens)
            alternatives += others.map { RequestDecisionView.Alternative($0, deployment[standIn].name) }
        }
        return trails.open(
            RequestDecisionView(
                id: name, service: deployment.catalogue[service].name, model: deployment[model].name,
                arrived: now.seconds, alternatives: alternatives, steps: []), tenant: terms.tenant)
    }

    mutating func add(
        _ what: String, why: String? = nil, tokens: Int? = nil, slot: SlotUseView? = nil,
        prefillSeconds: Double? = nil, to trail: RequestTrails.Place?, at now: Time
    ) {
        guard let trail else { return }
        trails.note(trail, at: now, what, why: why, tokens: tokens, slot: slot, prefillSeconds: prefillSeconds)
    }

    /// The latest requests, at most `count`, of which something has changed since a change.
    func rows(_ count: Int, changedAfter change: Int) -> [RequestTrails.Row] {
        trails.rows(count, changedAfter: change)
    }

    mutating func choose(_ model: ModelID, isCloud: Bool, for trail: RequestTrails.Place?) {
        guard let trail else { return }
        trails.choose(deployment[model].name, isCloud: isCloud, for: trail)
    }

    /// The request has ended: says what became of it, where the operator wants that in the log.
    func log(_ trail: RequestTrails.Place?) {
        guard logsRequests, let trail, let view = trails[trail] else { return }
        logger.notice("decided", metadata: ["request": "\(view.id)", "decision": "\(view.line)"])
    }

    /// - Parameter waiting: the trails of requests that wait for the newcomer.
    mutating func add(_ decision: Decision, waiting: (InstanceID) -> [RequestTrails.Place]) {
        let entry = DecisionView(decision, deployment: deployment)
        admissions.append(entry)
        if let newcomer = decision.newcomer { trails.note(entry, for: waiting(newcomer)) }
        logger.info("decision", metadata: ["decision": "\(entry.summary)"])
    }
}
