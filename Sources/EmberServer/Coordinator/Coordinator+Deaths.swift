import EmberCore
public import EmberEngine

// Engines that die while they run requests, and what that says of the requests.
extension Coordinator {
    /// Called when an engine's connection broke: gives the news of its death time to arrive before the request's failure is told, so
    /// that the request is not sent to the dead engine once more.
    ///
    /// - Returns: how it has ended; nil where it lives.
    @discardableResult
    public func confirm(_ route: EdgeRoute) async -> EngineExit? {
        // Its connections were cut, and it is well.
        guard !self.isEnding else { return nil }
        // One that is being ended is gone once its memory is free, which takes a while where that is much.
        let isEnding = ending.contains(route.instance)
        var exit = await Self.exit(of: route.engine, within: isEnding ? Self.endPatience : Self.newsPatience)
        if exit == nil, !isEnding, await !route.engine.isListening() {
            exit = await Self.exit(of: route.engine, within: Self.endPatience)
        }
        if let exit { didExit(route.instance, route.engine, exit) }
        return exit
    }

    /// How long the news of a death may take: where the engine may well live, and where it does not.
    private static let newsPatience = Duration.milliseconds(250)
    private static let endPatience = Duration.seconds(30)

    private static func exit(of engine: any ResidentEngine, within patience: Duration) async -> EngineExit? {
        await withTaskGroup(of: EngineExit?.self) { group in
            group.addTask { await engine.exitedUnlessCancelled() }
            group.addTask {
                try? await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// Whether the engine has neither died, as far as is known, nor left memory.
    func isResident(_ route: EdgeRoute) -> Bool { engines[route.instance.index] === route.engine }

    /// An engine has died that ran the request.
    func noteDeath(of ticket: Ticket, _ fingerprint: Int, on route: EdgeRoute) {
        fatal.noteDeath(of: fingerprint, on: route.instance, engine: route.engine)
        guard requests.isLive(ticket) else { return }
        requests.note(fingerprint, for: ticket.request)
        guard fatal.deaths(of: fingerprint, on: route.instance) >= FatalRequests.limit else { return }
        logger.error(
            "a request is refused for a while: engines have died while they ran it",
            metadata: ["model": "\(deployment[route.model].name)", "request": "\(name(of: ticket.request))"])
    }

    /// The client has gone while the engine ran its request: an engine that dies soon may have died of it all the same.
    nonisolated func watchEnd(of route: EdgeRoute, for fingerprint: Int) async {
        guard fatal.beginWatch() else { return }
        defer { fatal.endWatch() }
        let began = ContinuousClock.now
        guard let exit = await Self.exit(of: route.engine, within: Self.hangPatience),
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
}
