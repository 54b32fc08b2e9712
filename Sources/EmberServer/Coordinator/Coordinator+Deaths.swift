public import EmberCore
import EmberEngine

// Engines that die while they run requests, and what that says of the requests.
extension Coordinator {
    /// An engine has died that ran the request.
    func noteDeath(of ticket: Ticket, _ fingerprint: Int, on route: EdgeRoute) {
        fatal.noteDeath(of: fingerprint, on: route.instance, engine: route.engine)
        guard requests.isLive(ticket) else { return }
        requests.note(fingerprint, for: ticket.request)
        guard fatal.deaths(of: fingerprint, on: route.instance) >= FatalRequests.limit else { return }
        logger.error(
            "a request is refused for a while: engines have died while they ran it",
            metadata: [
                "model": "\(deployment[route.model].name)",
                "request": "\(book.name(of: requests.trail(of: ticket.request)))",
            ])
    }

    /// The client has gone while the engine ran its request: an engine that dies soon may have died of it all the same.
    nonisolated func watchEnd(of route: EdgeRoute, for fingerprint: Int) async {
        guard fatal.beginWatch() else { return }
        defer { fatal.endWatch() }
        let began = ContinuousClock.now
        guard let exit = await EngineKeeper.exit(of: route.engine, within: Self.hangPatience),
            exit.mayBlameRequest(wasAnswering: false),
            exit.kind == .hung || began.duration(to: .now) < Self.crashPatience
        else { return }
        fatal.noteDeath(of: fingerprint, on: route.instance, engine: route.engine)
    }

    /// How long after a client has gone an engine's end may be its request's doing: a crash, and a hang, which takes time to be found.
    private static let crashPatience = Duration.seconds(5)
    private static let hangPatience = Duration.seconds(30)

    /// Whether the engine that the request has been given must not have it: others have died of one like it since it was admitted.
    func isFatal(_ ticket: Ticket, _ fingerprint: Int, on route: EdgeRoute) -> Bool {
        guard requests.isLive(ticket) else { return false }
        requests.note(fingerprint, for: ticket.request)
        return fatal.deaths(of: fingerprint, on: route.instance) >= FatalRequests.limit
    }

    /// Takes into a request's terms what engines have died of.
    ///
    /// - Returns: whether the engine of the model that it asks for must not have it.
    func heedDeaths(
        of request: RequestID, _ fingerprint: Int, _ service: ServiceID, _ terms: inout RequestTerms
    ) -> Bool {
        requests.note(fingerprint, for: request)
        var isFatal = false
        let asked = requests.model(of: request)
        for model in [asked] + deployment.catalogue[service].standIns {
            let deaths = fatal.deaths(of: fingerprint, on: deployment.instance(of: model))
            if deaths >= FatalRequests.limit {
                terms.unfit.append(model)
                isFatal = isFatal || model == asked
            } else {
                terms.deaths = max(terms.deaths, deaths)
            }
        }
        return isFatal
    }

    /// Why the request is refused, where that is because engines have died of it; nil: they have not.
    func fatalRefusal(for request: RequestID) -> Refusal? {
        guard let fingerprint = requests.fingerprint(of: request) else { return nil }
        let asked = requests.model(of: request)
        let model = requests.server(of: request) ?? asked
        for model in [model, asked] {
            guard let wait = fatal.wait(for: fingerprint, on: deployment.instance(of: model)) else { continue }
            return Refusal(fatalFor: deployment[model], seconds: wait / .seconds(1))
        }
        return nil
    }
    // MARK: Refusals

    func refusal(_ rejection: Rejection, of request: RequestID) -> Refusal {
        if rejection == .engineFailed, let fatal = fatalRefusal(for: request) { return fatal }
        return refusal(rejection, for: requests.model(of: request))
    }

    func refusal(_ rejection: Rejection, for model: ModelID) -> Refusal {
        let id = deployment.instance(of: model)
        let (edge, life) = (edge, engines[id])
        let instance = edge.instances[id.index]
        if rejection == .modelFailed, instance.isUnusable {
            return Refusal(unusable: deployment[model], deployment.models[id.index].problem)
        }
        return Refusal(
            rejection, model: deployment[model], settings: edge.settings,
            secondsToNextTrial: instance.notBefore - now, lastFailure: life.lastFailure, instance: instance, now: now,
            overrun: life.overrun)
    }

    /// Decides by another policy from now on; residents, queues, contexts and costs stay as they are.
    public func changePolicy(to text: String) throws(PolicyError) {
        _ = try PolicyCatalog.entry(text)
        logger.notice("policy changed", metadata: ["from": "\(policy.name)", "to": "\(text)"])
        policy.name = text
        handle(.policyChanged(text, seed: policy.seed))
    }
}
