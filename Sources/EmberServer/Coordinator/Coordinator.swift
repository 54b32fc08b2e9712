public import EmberCore
public import EmberSystem
public import Logging

/// The one owner of the planner: turns what happens into events, and has the planner's effects performed.
///
/// Every decision is taken inside `handle`, without suspension. After a suspension nothing is re-checked by looking at
/// state: what happened meanwhile becomes an event of its own.
///
/// Requests are its own; engines are `EngineKeeper`'s and upstreams `UpstreamKeeper`'s, which work on the coordinator's
/// executor.
public actor Coordinator {
    /// Entering it is a part of every request's way.
    private nonisolated let executor = InlineExecutor()
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    public nonisolated let deployment: Deployment
    /// Whether Ember takes in requests; others read it without asking the coordinator.
    public nonisolated let drain = Drain()
    nonisolated let fatal: FatalRequests
    /// nil: nothing is counted for /metrics.
    nonisolated let meters: ServerMeters?
    /// For all that serves with this coordinator.
    nonisolated let surroundings: Surroundings
    var driver: PlannerDriver
    var requests = LiveRequests()
    let engines: EngineKeeper
    let upstreams: UpstreamKeeper
    var book: DecisionBook
    let logger: Logger

    /// - Parameters:
    ///   - policy: the name of the planner's policy, as `PolicyCatalog.entry` takes it.
    ///   - seed: of policies that are changed to.
    ///   - energy: measures what the machine takes; nil: energy is modelled.
    ///   - meters: count what happens; nil: nothing is counted for /metrics.
    ///   - budgets: what may be spent in the cloud.
    ///   - stateFolder: where it is written what was spent; nil: nowhere.
    ///   - recorder: writes every event down; nil: events are not recorded.
    ///   - logsDecisions: whether the log says of each request what has become of it.
    ///   - surroundings: what it, and all that serves with it, has from outside.
    public init(
        deployment: Deployment, planner: any Planning, policy: String = "", seed: UInt64 = 1,
        starter: any EngineStarter, footprints: FootprintKeeper, energy: EnergyKeeper? = nil,
        meters: ServerMeters? = nil, budgets: CloudBudgets = CloudBudgets(), stateFolder: String? = nil,
        recorder: EventRecorder? = nil,
        logsDecisions: Bool = false,
        logger: Logger, surroundings: Surroundings
    ) {
        self.deployment = deployment
        self.meters = meters
        self.logger = logger
        self.surroundings = surroundings
        fatal = FatalRequests(surroundings.time)
        driver = PlannerDriver(
            planner, PolicyChoice(name: policy, seed: seed), recorder, RunClock(surroundings.time))
        engines = EngineKeeper(deployment, starter, footprints, energy, logger, surroundings)
        upstreams = UpstreamKeeper(
            deployment,
            Clouds(
                budgets, SpendingFile(stateFolder: stateFolder, logger: logger, surroundings: surroundings),
                time: surroundings.time), logger)
        book = DecisionBook(deployment, logsRequests: logsDecisions, logger)
    }

    /// Enters the coordinator for one of its parts: `await coordinator.within { $0.engines.changes.load(model, for: $0)
    /// }`.
    func within<Value: Sendable>(
        _ work: @Sendable (isolated Coordinator) async throws -> Value
    ) async rethrows -> Value {
        try await work(self)
    }

    // MARK: Requests

    /// Takes in a request; it ends with `finish`, `fail`, `cancel` or a refusal.
    ///
    /// - Parameters:
    ///   - name: by which `explanation(of:)` knows it.
    ///   - size: what it can cost in the cloud follows from it.
    ///   - terms: who asks, and how long it may wait.
    ///   - mayLeave: whether the cloud may have it.
    ///   - generation: of the deployment, when the model and the service were looked up; nil: just now.
    ///   - figures: what is measured of it; nil: it is none of a client's.
    ///   - fingerprint: tells whether engines have died of such a request; needed only where `fatal` knows any.
    public func admit(
        service: ServiceID, model: ModelID, name: String = "", size: CloudRequestSize = CloudRequestSize(),
        terms: RequestTerms = RequestTerms(), mayLeave: Bool = true, asOf generation: Int? = nil,
        figures: RequestFigures? = nil, fingerprint: Int? = nil
    ) -> AdmissionResult {
        let ticket = requests.open(service, model, size)
        let request = ticket.request
        requests[request].figures = figures
        if let generation, generation != deployment.state.generation {
            let gone = refusal(.modelRemoved, for: model)
            meters?.count(.refused(gone), of: requests[request])
            requests.refuse(request, gone)
            return AdmissionResult(ticket: ticket, outcome: requests.takeOutcome(of: ticket))
        }
        guard !drain.hasBegun else {
            meters?.count(.refused(.shuttingDown), of: requests[request])
            requests.refuse(request, .shuttingDown)
            return AdmissionResult(ticket: ticket, outcome: requests.takeOutcome(of: ticket))
        }
        let cloudRefusal = mayLeave ? upstreams.reserve(for: request, for: self) : .localOnly
        var terms = terms
        upstreams.addExpectedBill(to: &terms, of: requests[request], edge)
        requests[request].fingerprint = fingerprint
        let isFatal = fingerprint.map { terms.heed(fatal, $0, model, service, deployment) } ?? false
        let isOffloadable = requests[request].cloud.reservation != nil
        if !name.isEmpty {
            requests[request].trail = book.open(
                name, service, model, terms, mayLeave: isOffloadable, edge: edge.at(now), at: now)
        }
        let problem = deployment.problemOfVariant(model)
        if let problem {
            note(request, "cannot_be_served", why: problem)
            terms.unfit.append(model)
        }
        requests[request].isUnfit = terms.unfit.contains(model)
        if isFatal, !isOffloadable, let refusal = fatalRefusal(for: request) {
            refuse(request, refusal, Rejection.engineFailed.name)
        } else if let cloudRefusal, requests[request].isUnfit || deployment[model].engine == nil {
            refuse(request, Refusal(cloudRefusal, model: deployment[model]), cloudRefusal.code)
        } else if !isOffloadable, let problem {
            refuse(request, Refusal(unusable: deployment[model], problem), Rejection.modelFailed.name)
        } else {
            if let cloudRefusal { note(request, "stays", why: cloudRefusal.code) }
            if figures != nil, deployment[model].engine != nil {
                let instance = edge[deployment.instance(of: model)]
                meters?.countArrival(for: model, isHit: instance.phase == .resident && !instance.isDraining)
            }
            handle(
                .requestArrived(
                    request, service: service, model: model, offloadable: isOffloadable, terms: terms))
        }
        return AdmissionResult(ticket: ticket, outcome: requests.takeOutcome(of: ticket))
    }

    /// Waits until it is decided where the request runs. Cancelling the task withdraws the request.
    public func outcome(of ticket: Ticket) async -> Outcome {
        await outcome(of: ticket, within: nil) ?? .refused(.clientGone)
    }

    /// Waits for at most `seconds`; nil when it is not decided by then, and the request waits on.
    func outcome(of ticket: Ticket, within seconds: Double?) async -> Outcome? {
        var alarm: Task<Void, Never>?
        defer { alarm?.cancel() }
        return await withTaskCancellationHandler {
            // Others may enter the actor before this closure runs, even where nothing seems to wait: what it needs to
            // know it looks up itself.
            await withCheckedContinuation { waiter in
                guard requests.bringOutcome(of: ticket, to: waiter), let seconds else { return }
                alarm = time.later(after: .seconds(seconds)) {
                    // Cancelled on waking, it would end the ticket's next wait.
                    if !Task.isCancelled, requests.contains(ticket) { requests[ticket.request].endWait() }
                }
            }
        } onCancel: {
            time.later { await self.cancel(ticket) }
        }
    }

    /// The request has been answered in full; `tokens` of prefill and decode were worked on, 0 if unknown.
    ///
    /// - Parameters:
    ///   - usage: of prompt and answer, as an upstream counts them for its bill; nil: it did not say.
    ///   - work: what it took an engine; nil: it did not say.
    ///   - firstToken: when the first event of its stream came; nil: it was no stream.
    ///   - held: of its engine's slots.
    func finish(
        _ ticket: Ticket, tokens: Int, usage: (input: Int, output: Int)? = nil, work: EngineWork? = nil,
        slot: SlotUseView? = nil, firstToken: TimeSource.Instant? = nil, held: HeldTokens? = nil
    ) {
        held?.give(to: self)
        guard var request = requests.remove(ticket) else { return }
        meters?.count(
            RequestEnd(outcome: .answered, tokens: usage, work: work, slot: slot, firstToken: firstToken), of: request)
        book.add(
            "answered", tokens: tokens, slot: slot, prefillSeconds: work?.prefillSeconds, to: request.trail, at: now)
        book.log(request.trail)
        let bill = upstreams.charge(&request) { reservation in
            usage.flatMap { reservation.target.prices?.price(input: $0.input, output: $0.output) } ?? reservation.amount
        }
        if let server = request.server, let fingerprint = request.fingerprint {
            fatal.acquit(fingerprint, on: deployment.instance(of: server))
        }
        handle(.requestFinished(ticket.request, tokens: tokens, bill: bill, work: work))
    }

    /// The engine or the cloud has failed the request.
    ///
    /// - Parameters:
    ///   - retryable: the client has seen nothing of an answer yet. The request then lives on, if there is another upstream
    ///     or the planner so decides: ask for its `outcome(of:)` again.
    ///   - isBilled: whether an upstream may charge for it all the same.
    ///   - code: what has failed, for metrics; nil: the place where it ran.
    ///   - held: of its engine's slots.
    func fail(
        _ ticket: Ticket, retryable: Bool, isBilled: Bool = true, code: String? = nil, held: HeldTokens? = nil
    ) {
        held?.give(to: self)
        let request = ticket.request
        guard requests.contains(ticket) else { return }
        if !retryable {
            let place = requests[request].isOffloaded ? "upstream_failed" : "engine_failed"
            meters?.count(RequestEnd(outcome: .failed, reason: code ?? place), of: requests[request])
        }
        note(request, "failed")
        let target = requests[request].isOffloaded ? requests[request].cloud.reservation?.target : nil
        // It is not known what a broken answer costs: at most what was set aside.
        if target != nil || !retryable { upstreams.charge(&requests[request]) { isBilled ? $0.amount : 0 } }
        guard retryable else {
            if !requests[request].isHedge { book.log(requests[request].trail) }
            _ = requests.remove(ticket)
            return handle(.requestFailed(request, retryable: false))
        }
        if !drain.isEnding, let target, upstreams.askNext(request, after: target, for: self) { return }
        // It would have to wait, and for that Ember does not stay.
        if drain.hasBegun { return refuseAtEnd(request, because: .requestFailed(request, retryable: false)) }
        requests[request].decideAgain()
        handle(.requestFailed(request, retryable: true))
    }

    /// The client has gone.
    public func cancel(_ ticket: Ticket) {
        guard requests.contains(ticket) else { return }
        note(ticket.request, "gone")
        meters?.count(RequestEnd(outcome: .gone, reason: "client_gone"), of: requests[ticket.request])
        if !requests[ticket.request].isHedge { book.log(requests[ticket.request].trail) }
        giveUp(ticket)
    }

    /// Ends a request whose answer is not waited for any more.
    ///
    /// - Parameter isBilled: whether an upstream may charge for it all the same.
    func giveUp(_ ticket: Ticket, isBilled: Bool = true) {
        guard var request = requests.remove(ticket) else { return }
        upstreams.charge(&request) { isBilled ? $0.amount : 0 }
        _ = request.refuse(.clientGone)
        handle(.requestCancelled(ticket.request))
    }

    // MARK: Events and effects

    nonisolated var time: TimeSource { surroundings.time }
    var now: Time { driver.clock.now }
    var edge: EdgeState { _read { yield driver.planner.edge } }

    func handle(_ event: Event) {
        guard !drain.isOver else { return }
        if let meters, event.isCounted { meters.count(event, at: now, before: edge) }
        let effects = driver.handle(event)
        for decision in driver.takeDecisions() {
            meters?.count(decision)
            book.add(decision) { newcomer in
                requests.waitingTrails { deployment.instance(of: $0) == newcomer }
            }
        }
        for effect in effects { perform(effect) }
        if !engines.changes.waits.isEmpty { engines.changes.tellWhatCannotCome(for: self) }
        driver.wake { wake, seconds in
            time.later(after: .seconds(seconds) + .milliseconds(1)) { if driver.isDue(wake) { handle(.tick) } }
        }
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .beginLoad(let instance):
            engines.energy?.noteWork()
            meters?.countLoad(of: instance)
            engines.beginLoad(instance, for: self)
        case .beginUnload(let instance, let reason):
            meters?.countUnload(of: edge[instance], instance, reason, at: now)
            engines.beginUnload(instance, reason, for: self)
        case .dispatch(let request, let instance):
            engines.energy?.noteWork()
            dispatch(request, to: instance)
        case .offload(let request, let reason): upstreams.offload(request, reason, for: self)
        case .reject(let request, let rejection):
            refuse(request, refusal(rejection, of: request), rejection.name)
        case .enqueue(let request):
            requests[request].edgeReason = .waited
            note(request, "waits")
        case .trial(let request): requests[request].edgeReason = .trial
        case .makeRoom(let instance, let tokens): engines[instance].needRoom(tokens)
        }
    }

    private func dispatch(_ request: RequestID, to instance: InstanceID) {
        let asked = requests[request].model
        let standsIn = deployment.instance(of: asked) != instance
        let model = standsIn ? ModelID(instance.index) : asked
        book.choose(model, isCloud: false, for: requests[request].trail)
        let reason = standsIn ? .standsIn : requests[request].edgeReason
        guard let route = engines.route(to: instance, as: model, reason) else { return }
        note(request, "edge", why: reason.explanation(deployment[model].name))
        let expected = requests[request].figures.flatMap { edge.measured[model.index].answerSeconds($0.size) }
        meters?.countDispatch(of: &requests[request], expecting: expected)
        requests[request].send(to: route)
    }

    /// Ends a request that was sent nowhere, or is sent nowhere again.
    func refuse(_ request: RequestID, _ refusal: Refusal, _ why: String) {
        let isHedge = requests[request].isHedge
        note(request, isHedge ? "hedge_refused" : "refused", why: why)
        if !isHedge { book.log(requests[request].trail) }
        meters?.count(.refused(refusal), of: requests[request])
        upstreams.charge(&requests[request]) { _ in 0 }
        requests.refuse(request, refusal)
    }

    func note(_ request: RequestID, _ what: String, why: String? = nil, tokens: Int? = nil) {
        book.add(what, why: why, tokens: tokens, to: requests[request].trail, at: now)
    }
}

extension EdgeReason {
    /// For people; nil where the step before says it.
    fileprivate func explanation(_ model: String) -> String? {
        switch self {
        case .resident, .waited: nil
        case .trial: "a trial: the cloud is expected to cost less, but what it takes here should be seen now and then"
        case .standsIn: "\(model) stands in"
        }
    }
}
