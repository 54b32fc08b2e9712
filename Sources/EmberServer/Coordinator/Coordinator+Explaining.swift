import EmberCore
import Logging

// What is kept, and told, of decisions.
extension Coordinator {
    func openTrail(
        _ name: String, of request: RequestID, _ service: ServiceID, _ model: ModelID, _ size: RequestSize?
    ) {
        // As it is now, not as it was at the last event.
        let edge = planner.edge.at(now)
        let mayLeave = requests.reservation(of: request) != nil
        let own = edge.alternatives(service, model, offloadable: mayLeave, size: size)
        var alternatives = own.map { RequestDecisionView.Alternative($0, deployment[model].name) }
        for standIn in deployment.catalogue[service].standIns where standIn != model {
            alternatives += edge.alternatives(service, standIn, offloadable: false, size: size).map {
                RequestDecisionView.Alternative($0, deployment[standIn].name)
            }
        }
        let trail = trails.open(
            RequestDecisionView(
                id: name, service: deployment.catalogue[service].name, model: deployment[model].name,
                arrived: now.seconds, alternatives: alternatives, steps: []))
        requests.follow(request, by: trail)
    }

    /// Why a request of late ran where it ran; nil for one that is not known (any more).
    func explanation(of name: String) -> RequestDecisionView? { trails[name] }

    /// By which it can be explained; empty where nobody gave one.
    func name(of request: RequestID) -> String { requests.trail(of: request).flatMap { trails[$0]?.id } ?? "" }

    func note(_ request: RequestID, _ what: String, why: String? = nil, tokens: Int? = nil) {
        guard let trail = requests.trail(of: request) else { return }
        trails.note(trail, at: now, what, why: why, tokens: tokens)
    }

    func noteChoice(of model: ModelID, isCloud: Bool, for request: RequestID) {
        guard let trail = requests.trail(of: request) else { return }
        trails.choose(deployment[model].name, isCloud: isCloud, for: trail)
    }

    /// The request has ended: says what became of it, where the operator wants that in the log.
    func logTrail(of request: RequestID) {
        guard logsDecisions, let place = requests.trail(of: request), let trail = trails[place] else { return }
        logger.notice("decided", metadata: ["request": "\(trail.line)"])
    }

    func note(_ decision: Decision) {
        let entry = DecisionView(decision, deployment: deployment)
        decisions.append(entry)
        if let newcomer = decision.newcomer {
            trails.note(entry, for: requests.waitingTrails { deployment.instance(of: $0) == newcomer })
        }
        logger.info("decision", metadata: ["decision": "\(entry.summary)"])
    }

    /// nil where the step before tells it.
    func why(_ reason: EdgeReason, _ model: ModelID) -> String? {
        switch reason {
        case .resident, .waited: nil
        case .trial: "a trial: the cloud is expected to cost less, but what it takes here should be seen now and then"
        case .standsIn: "\(deployment[model].name) stands in"
        }
    }

    func describe(_ reason: UnloadReason) -> String {
        switch reason {
        case .evicted(let newcomer): "evicted for \(deployment.models[newcomer.index].name)"
        case .idle: "idle for longer than its idle_ttl"
        case .requested: "asked for by the operator"
        case .overBudget: "measured memory exceeds the budget"
        }
    }

    func refusal(_ rejection: Rejection, of request: RequestID) -> Refusal {
        if rejection == .engineFailed, let fatal = fatalRefusal(for: request) { return fatal }
        return refusal(rejection, for: requests.model(of: request))
    }

    func refusal(_ rejection: Rejection, for model: ModelID) -> Refusal {
        let index = deployment.instance(of: model).index
        if rejection == .modelFailed, planner.edge.instances[index].isUnusable {
            return Refusal(unusable: deployment[model], deployment.models[index].problem)
        }
        return Refusal(
            rejection, model: deployment[model], settings: planner.edge.settings,
            secondsToNextTrial: planner.edge.instances[index].notBefore - now, lastFailure: lastFailure[index],
            instance: planner.edge.instances[index], now: now, overrun: overruns[index])
    }
}
