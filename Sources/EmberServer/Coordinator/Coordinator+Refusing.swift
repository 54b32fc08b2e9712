import EmberCore
import EmberEngine

// Engines that die while they run requests, and what that says of the requests.
extension Coordinator {
    /// An engine has died that ran the request.
    func noteDeath(of ticket: Ticket, _ fingerprint: Int, on route: EdgeRoute) {
        fatal.noteDeath(of: fingerprint, on: route.instance, engine: route.engine)
        guard requests.contains(ticket) else { return }
        requests[ticket.request].fingerprint = fingerprint
        guard fatal.deaths(of: fingerprint, on: route.instance) >= FatalRequests.limit else { return }
        logger.error(
            "a request is refused for a while: engines have died while they ran it",
            metadata: [
                "model": "\(deployment[route.model].name)",
                "request": "\(book.name(of: requests[ticket.request].trail))",
            ])
    }

    /// The client has gone while the engine ran its request: an engine that dies soon may have died of it all the same.
    nonisolated func watchEnd(of route: EdgeRoute, for fingerprint: Int) async {
        guard fatal.beginWatch() else { return }
        defer { fatal.endWatch() }
        let began = time.now
        guard let exit = await time.exit(of: route.engine, within: Self.hangPatience),
            exit.mayBlameRequest(wasAnswering: false),
            exit.kind == .hung || began.duration(to: time.now) < Self.crashPatience
        else { return }
        fatal.noteDeath(of: fingerprint, on: route.instance, engine: route.engine)
    }

    /// How long after a client has gone an engine's end may be its request's doing: a crash, and a hang, which takes
    /// time to be found.
    private static let crashPatience = Duration.seconds(5)
    private static let hangPatience = Duration.seconds(30)

    /// Whether the engine that the request has been given must not have it: others have died of one like it since it
    /// was admitted.
    func isFatal(_ ticket: Ticket, _ fingerprint: Int, on route: EdgeRoute) -> Bool {
        guard requests.contains(ticket) else { return false }
        requests[ticket.request].fingerprint = fingerprint
        return fatal.deaths(of: fingerprint, on: route.instance) >= FatalRequests.limit
    }

    /// Why the request is refused, where that is because engines have died of it; nil: they have not.
    func fatalRefusal(for request: RequestID) -> Refusal? {
        let life = requests[request]
        guard let fingerprint = life.fingerprint else { return nil }
        for model in [life.server ?? life.model, life.model] {
            guard let wait = fatal.wait(for: fingerprint, on: deployment.instance(of: model)) else { continue }
            return Refusal(fatalFor: deployment[model], seconds: wait / .seconds(1))
        }
        return nil
    }

    // MARK: Refusals

    func refusal(_ rejection: Rejection, of request: RequestID) -> Refusal {
        if rejection == .engineFailed, let fatal = fatalRefusal(for: request) { return fatal }
        return refusal(rejection, for: requests[request].model)
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
}
