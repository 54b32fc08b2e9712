public import EmberCore
import EmberEngine
public import Logging

/// The one owner of the planner: turns what happens into events and the planner's effects into deeds.
///
/// Every decision is taken inside `handle`, without suspension. After a suspension nothing is re-checked by looking at
/// state: what happened meanwhile becomes an event of its own.
public actor Coordinator {
    /// Entering it is a part of every request's way.
    private nonisolated let executor = InlineExecutor()
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    public nonisolated let deployment: Deployment
    /// The name of the policy that decides, as `PolicyCatalog.entry` takes it.
    public internal(set) var policy: String
    let seed: UInt64
    var planner: any Planning
    private let starter: any EngineStarter
    let footprints: FootprintKeeper
    nonisolated let energy: EnergyKeeper?
    /// Whether anything was loaded or begun since energy was measured.
    var hasWorked = false
    private let origin = ContinuousClock.now
    let logger: Logger

    var requests = RequestSlots()
    var engines: [(any ResidentEngine)?]
    var loads: [Task<Void, Never>?]
    var unloads: [Task<Void, Never>?]
    /// Of models that are wanted from the start and have failed: they wait for their backoff to end.
    var comebacks: [Task<Void, Never>?]
    /// Who waits for the end of a load or an unload.
    var changes = ChangeWaits()
    var lastFailure: [String?]
    /// Of each engine's life: what it takes in memory, and when that was measured last.
    var memories: [EngineMemory?]
    /// What is expected of each engine's next life; nil: what its file or its settings say.
    var learnt: [LearntMemory?]
    var looks: [Look]
    /// Of each engine, the adapters that it was started with.
    private(set) var loadedAdapters: [[String]]
    var fileWatch = FileWatch()
    /// Those that are being ended over the budget, and what the last ones of each instance took.
    var ending: Set<InstanceID> = []
    var overruns: [Overrun?]
    var decisions = DecisionRing()
    var trails = RequestTrails()
    private var nextTick = Time.distantFuture
    private var alarm: Task<Void, Never>?
    /// Whether Ember takes in requests; others read it without asking the coordinator.
    public nonisolated let drain = Drain()
    /// What still runs is ended; its failures are Ember's doing.
    var isEnding = false
    var isShuttingDown = false
    /// Those that are being stopped, by instance; `nil` again once they have ended.
    var leaving: [(any ResidentEngine)?]
    var observer: (any EngineObserver)?
    let recorder: EventRecorder?
    let logsDecisions: Bool
    var clouds: Clouds
    nonisolated let fatal = FatalRequests()

    /// - Parameters:
    ///   - policy: that of the planner, for those who ask.
    ///   - seed: of policies that are changed to.
    ///   - energy: measures what the machine takes; nil: energy is modelled.
    ///   - budgets: what may be spent in the cloud.
    ///   - stateFolder: where it is written what was spent; nil: nowhere.
    ///   - recorder: writes every event down; nil: nobody does.
    ///   - logsDecisions: whether the log says of each request what has become of it.
    public init(
        deployment: Deployment, planner: any Planning, policy: String = "", seed: UInt64 = 1,
        starter: any EngineStarter, footprints: FootprintKeeper, energy: EnergyKeeper? = nil,
        budgets: CloudBudgets = CloudBudgets(), stateFolder: String? = nil, recorder: EventRecorder? = nil,
        logsDecisions: Bool = false,
        logger: Logger
    ) {
        self.deployment = deployment
        self.planner = planner
        self.policy = policy
        self.seed = seed
        self.starter = starter
        self.footprints = footprints
        self.energy = energy
        self.recorder = recorder
        self.logsDecisions = logsDecisions
        clouds = Clouds(budgets, SpendingFile(stateFolder: stateFolder, logger: logger))
        self.logger = logger
        let count = deployment.catalogue.instanceCount
        engines = Array(repeating: nil, count: count)
        leaving = engines
        loads = Array(repeating: nil, count: count)
        unloads = loads
        comebacks = loads
        lastFailure = Array(repeating: nil, count: count)
        memories = Array(repeating: nil, count: count)
        learnt = (0..<count).map { deployment.models[$0].spec.learnt }
        looks = Array(repeating: Look(), count: count)
        loadedAdapters = Array(repeating: [], count: count)
        overruns = Array(repeating: nil, count: count)
    }

    // MARK: Requests

    /// Takes in a request; it ends with `finish`, `fail`, `cancel` or a refusal.
    ///
    /// - Parameters:
    ///   - name: by which `explanation(of:)` knows it.
    ///   - size: what it can cost in the cloud follows from it.
    ///   - terms: who asks, and how long it may wait.
    ///   - mayLeave: whether the cloud may have it.
    ///   - fingerprint: tells whether engines have died of such a request; needed only where `fatal` knows any.
    public func admit(
        service: ServiceID, model: ModelID, name: String = "", size: CloudRequestSize = CloudRequestSize(),
        terms: RequestTerms = RequestTerms(), mayLeave: Bool = true, fingerprint: Int? = nil
    ) -> AdmissionResult {
        let ticket = requests.open(service, model, size)
        guard !drain.hasBegun else {
            requests.end(ticket.request, .refused(.shuttingDown))
            return AdmissionResult(ticket: ticket, outcome: requests.takeOutcome(of: ticket))
        }
        let refusal = mayLeave ? reserveCloud(for: ticket.request, service, model, size) : .localOnly
        var terms = withExpectedBill(terms, of: ticket.request)
        let isFatal = fingerprint.map { heedDeaths(of: ticket.request, $0, service, &terms) } ?? false
        if !name.isEmpty { openTrail(name, of: ticket.request, service, model, terms.size) }
        let problem = problemOfVariant(model)
        if let problem {
            note(ticket.request, "cannot be served", why: problem)
            terms.unfit.append(model)
        }
        let isUnfit = terms.unfit.contains(model)
        if isUnfit { requests.keepFromEdge(ticket.request) }
        if isFatal, requests.reservation(of: ticket.request) == nil, let refusal = fatalRefusal(for: ticket.request) {
            note(ticket.request, "refused", why: "engineFailed")
            logTrail(of: ticket.request)
            requests.end(ticket.request, .refused(refusal))
        } else if let refusal, isUnfit || deployment[model].engine == nil {
            note(ticket.request, "refused", why: "\(refusal)")
            logTrail(of: ticket.request)
            requests.end(ticket.request, .refused(Refusal(refusal, model: deployment[model])))
        } else if requests.reservation(of: ticket.request) == nil, let problem {
            note(ticket.request, "refused", why: "modelFailed")
            logTrail(of: ticket.request)
            requests.end(ticket.request, .refused(Refusal(unusable: deployment[model], problem)))
        } else {
            if let refusal { note(ticket.request, "stays", why: "\(refusal)") }
            let isOffloadable = requests.reservation(of: ticket.request) != nil
            handle(
                .requestArrived(
                    ticket.request, service: service, model: model, offloadable: isOffloadable, terms: terms))
        }
        return AdmissionResult(ticket: ticket, outcome: requests.takeOutcome(of: ticket))
    }

    /// Waits until it is decided where the request runs. Cancelling the task withdraws the request.
    public func outcome(of ticket: Ticket) async -> Outcome {
        await outcome(of: ticket, within: nil) ?? .refused(.clientGone)
    }

    /// Waits for at most so many seconds; nil when it is not decided by then, and the request waits on.
    func outcome(of ticket: Ticket, within seconds: Double?) async -> Outcome? {
        guard requests.isLive(ticket) else { return .refused(.clientGone) }
        if let outcome = requests.takeOutcome(of: ticket) { return outcome }
        let alarm = seconds.map { seconds in
            Task {
                try await Task.sleep(for: .seconds(seconds))
                // Cancelled on waking, it would end the ticket's next wait.
                if !Task.isCancelled, requests.isLive(ticket) { requests.endWait(for: ticket) }
            }
        }
        defer { alarm?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { requests.wait($0, for: ticket) }
        } onCancel: {
            Task { await self.cancel(ticket) }
        }
    }

    /// The request has been answered in full; `tokens` of prefill and decode were worked on, 0 if unknown.
    ///
    /// - Parameters:
    ///   - usage: of prompt and answer, as an upstream counts them for its bill; nil: it did not say.
    ///   - work: what it took an engine; nil: it did not say.
    public func finish(
        _ ticket: Ticket, tokens: Int, usage: (input: Int, output: Int)? = nil, work: EngineWork? = nil
    ) {
        guard requests.isLive(ticket) else { return }
        note(ticket.request, "answered", tokens: tokens)
        logTrail(of: ticket.request)
        let bill = settle(ticket.request) { reservation in
            usage.flatMap { reservation.target.prices?.price(input: $0.input, output: $0.output) } ?? reservation.amount
        }
        if let fingerprint = requests.fingerprint(of: ticket.request), let server = requests.server(of: ticket.request)
        {
            fatal.acquit(fingerprint, on: deployment.instance(of: server))
        }
        if let work, let server = requests.server(of: ticket.request) { handle(.workMeasured(server, work)) }
        requests.close(ticket.request)
        handle(.requestFinished(ticket.request, tokens: tokens, bill: bill))
    }

    /// The engine or the cloud has failed the request.
    ///
    /// - Parameters:
    ///   - retryable: the client has seen nothing of an answer yet. The request then lives on, if there is another upstream
    ///     or the planner so decides: ask for its `outcome(of:)` again.
    ///   - isBilled: whether an upstream may charge for it all the same.
    public func fail(_ ticket: Ticket, retryable: Bool, isBilled: Bool = true) {
        let request = ticket.request
        guard requests.isLive(ticket) else { return }
        note(request, "failed")
        if !retryable, !requests.isHedge(request) { logTrail(of: request) }
        let target = requests.isOffloaded(request) ? requests.reservation(of: request)?.target : nil
        // Nobody knows what a broken answer costs: at most what was set aside.
        if target != nil || !retryable { settle(request) { isBilled ? $0.amount : 0 } }
        if retryable, !isEnding, let target, askNextUpstream(request, after: target) { return }
        // It would have to wait, and for that Ember does not stay.
        if retryable, drain.hasBegun { return refuse(request, because: .requestFailed(request, retryable: false)) }
        if retryable { requests.startAgain(request) } else { requests.close(request) }
        handle(.requestFailed(request, retryable: retryable))
    }

    /// The client has gone.
    public func cancel(_ ticket: Ticket) {
        guard requests.isLive(ticket) else { return }
        note(ticket.request, "gone")
        if !requests.isHedge(ticket.request) { logTrail(of: ticket.request) }
        giveUp(ticket)
    }

    /// Ends a request whose answer nobody waits for any more.
    ///
    /// - Parameter isBilled: whether an upstream may charge for it all the same.
    func giveUp(_ ticket: Ticket, isBilled: Bool = true) {
        settle(ticket.request) { isBilled ? $0.amount : 0 }
        requests.settle(ticket.request, .refused(.clientGone))
        requests.close(ticket.request)
        handle(.requestCancelled(ticket.request))
    }

    /// Tells of engines that come and go from now on.
    func report(to observer: any EngineObserver) { self.observer = observer }

    // MARK: Events and effects

    var now: Time { Time(seconds: origin.duration(to: .now) / .seconds(1)) }

    func handle(_ event: Event) {
        guard !isShuttingDown else { return }
        var effects: [Effect] = []
        let time = now
        planner.handle(event, at: time, into: &effects)
        recorder?.record(event, at: time, effects, leaving: planner)
        for decision in planner.takeDecisions() { note(decision) }
        for effect in effects { perform(effect) }
        if !changes.isEmpty { tellWhatCannotCome() }
        scheduleTick()
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .beginLoad(let instance):
            hasWorked = true
            beginLoad(instance)
        case .beginUnload(let instance, let reason): beginUnload(instance, reason)
        case .dispatch(let request, let instance):
            hasWorked = true
            let asked = requests.model(of: request)
            let standsIn = deployment.instance(of: asked) != instance
            let model = standsIn ? ModelID(instance.index) : asked
            noteChoice(of: model, isCloud: false, for: request)
            let reason = standsIn ? .standsIn : requests.edgeReason(of: request)
            guard let route = route(request, to: instance, as: model, reason) else { return }
            note(request, "edge", why: why(reason, model))
            requests.settle(request, .edge(route))
        case .offload(let request, let reason): offload(request, reason)
        case .reject(let request, let rejection):
            note(request, requests.isHedge(request) ? "hedge refused" : "refused", why: rejection.rawValue)
            if !requests.isHedge(request) { logTrail(of: request) }
            settle(request) { _ in 0 }
            requests.end(request, .refused(refusal(rejection, of: request)))
        case .enqueue(let request):
            requests.note(.waited, for: request)
            note(request, "waits")
        case .trial(let request): requests.note(.trial, for: request)
        }
    }

    /// One task sleeps at most; a tick that comes early does no harm, and asks for the next one.
    private func scheduleTick() {
        guard let wake = planner.nextWake, wake < nextTick else { return }
        nextTick = wake
        let delay = max(0, wake - now)
        alarm?.cancel()
        alarm = Task {
            guard (try? await Task.sleep(for: .seconds(delay) + .milliseconds(1))) != nil else { return }
            self.tick(wake)
        }
    }

    private func tick(_ wake: Time) {
        guard wake == nextTick else { return }
        nextTick = .distantFuture
        handle(.tick)
    }

    // MARK: Engines

    private func beginLoad(_ instance: InstanceID) {
        let model = deployment.models[instance.index]
        logger.info("loading", metadata: ["model": "\(model.name)"])
        loads[instance.index] = Task {
            guard let model = await modelToLoad(instance) else { return }
            do throws(EngineError) {
                let engine = try await starter.start(model)
                if await hasLoadedAsRead(engine, instance) { await self.didLoad(instance, engine, as: model) }
            } catch {
                self.didFailToLoad(instance, error)
            }
        }
    }

    private func didLoad(_ instance: InstanceID, _ engine: any ResidentEngine, as model: ServedModel) async {
        let passes = await passesAfterLoad(engine, of: instance)
        loads[instance.index] = nil
        // It was unloaded again, or Ember ends.
        guard !isShuttingDown, !Task.isCancelled else { return await engine.stop() }
        guard passes else {
            var awaiting = changes.take(.load, of: instance)
            noteOverrun(of: instance)
            awaiting.endAll(.failure(refusal(.overBudget, for: ModelID(instance.index))))
            return bringBack(instance)
        }
        engines[instance.index] = engine
        loadedAdapters[instance.index] = model.adapterFiles
        // What an earlier life has died of says nothing of this one.
        lastFailure[instance.index] = nil
        logger.info("resident", metadata: ["model": "\(deployment.models[instance.index].name)"])
        handle(.loadFinished(instance))
        changes.end(.load, of: instance, .success(.loaded(deployment.models[instance.index])))
        let loadedAt = planner.edge.instances[instance.index].loadedAt
        looks[instance.index] = Look(
            at: loadedAt, usedUntil: loadedAt, begun: planner.edge.instances[instance.index].begun)
        observer?.didLoad(ModelID(instance.index), engine)
        Task {
            if let exit = await engine.exitedUnlessCancelled() { self.didExit(instance, engine, exit) }
        }
    }

    private func didFailToLoad(_ instance: InstanceID, _ error: EngineError) {
        // It was unloaded again, or Ember ends: no fault of the engine's.
        guard !Task.isCancelled else { return loads[instance.index] = nil }
        logger.error("\(error)", metadata: ["lines": "\(error.lastLines.suffix(5).joined(separator: " | "))"])
        didFailToLoad(
            instance, because: error.description + (error.likelyCause.map { "; it wrote: \($0)" } ?? ""))
    }

    func didFailToLoad(_ instance: InstanceID, because reason: String) {
        loads[instance.index] = nil
        lastFailure[instance.index] = reason
        var awaiting = changes.take(.load, of: instance)
        handle(.loadFailed(instance))
        awaiting.endAll(.failure(loadFailure(of: instance)))
        bringBack(instance)
    }

    private func beginUnload(_ instance: InstanceID, _ reason: UnloadReason) {
        let (engine, load) = (engines[instance.index], loads[instance.index])
        engines[instance.index] = nil
        leaving[instance.index] = engine
        logger.info(
            "unloading",
            metadata: ["model": "\(deployment.models[instance.index].name)", "reason": "\(describe(reason))"])
        // A load that is ended has left no process behind once its task has ended.
        load?.cancel()
        unloads[instance.index] = Task {
            await load?.value
            if let engine {
                await observer?.willStop(engine)
                await engine.stop()
            }
            self.didUnload(instance)
        }
    }

    private func didUnload(_ instance: InstanceID) {
        unloads[instance.index] = nil
        leaving[instance.index] = nil
        changes.end(.unload, of: instance, .success(.unloaded(deployment.models[instance.index])))
        handle(.unloadFinished(instance))
        learnFromLife(of: instance)
        if fileWatch.takeReturn(of: instance) { loadAgain(instance) }
        Task { await measurePageCache(of: [instance.index]) }
    }

    func didExit(_ instance: InstanceID, _ engine: any ResidentEngine, _ exit: EngineExit) {
        guard engines[instance.index] === engine else { return }
        engines[instance.index] = nil
        ending.remove(instance)
        observer?.hasEnded(engine)
        if exit.kind == .overBudget {
            noteOverrun(of: instance)
        } else {
            lastFailure[instance.index] = exit.description
            logger.error(
                "engine ended", metadata: ["model": "\(deployment.models[instance.index].name)", "reason": "\(exit)"])
            handle(.engineDied(instance))
            learnFromLife(of: instance)
        }
        bringBack(instance)
    }
}
