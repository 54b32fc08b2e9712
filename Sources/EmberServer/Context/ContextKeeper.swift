public import EmberConfig
import EmberContext
import EmberCore
public import EmberEngine
public import EmberStore
import EmberSystem
public import Logging

/// Brings demonstrations into prompts, gives requests their slots, and takes in what they leave behind.
public final class ContextKeeper: Sendable {
    /// nil where no service has demonstrations; a failure where the disk does not let them be kept, for this run.
    private let opened: Result<ContextStore, StoreError>?
    private let coordinator: Coordinator
    private let tenants: [String]
    private let pool: SlotPool
    private let embedder: Embedder?
    private let backlog: EmbeddingBacklog?
    private let chooser: DemonstrationChooser?
    private let trials = TrialBook()
    private let prefixes = PrefixMemory()
    private let held: HeldContexts
    private let counting = ContextCounting()
    private let logger: Logger

    /// How long a model must have been idle before anything is computed ahead.
    private static let idleSeconds = 0.3
    /// Saved states in a list.
    private static let mostListed = 1000

    /// - Parameters:
    ///   - store: nil where no service has demonstrations; a failure where the disk does not let them be kept, for this run.
    ///   - tenants: whose demonstrations there may be.
    ///   - stateKeep: how long any saved KV state stays.
    ///   - writeBytes: of KV states that engines may write a day.
    ///   - connector: for engines.
    ///   - slotWaitSeconds: how long a request may wait for a slot without anything of other tenants.
    ///   - kept: what was found out of engines in earlier runs.
    public init(
        coordinator: Coordinator, store opened: Result<ContextStore, StoreError>?, tenants: [String],
        stateFolder: String, stateBytes: Int, stateKeep: StateKeep = .unlimited, writeBytes: Int = .max,
        embeddingModel: String?, slotWaitSeconds: Double, kept: KeptStatesBook = KeptStatesBook(),
        connector: WireConnector, logger: Logger
    ) throws {
        self.coordinator = coordinator
        self.opened = opened
        self.tenants = tenants
        self.logger = logger
        held = HeldContexts(coordinator.time)
        let (deployment, surroundings) = (coordinator.deployment, coordinator.surroundings)
        let talk = EngineTalk(surroundings.time, connector)
        pool = SlotPool(
            SlotTools(
                talk: talk,
                archive: try StateArchive(
                    folder: stateFolder, quota: stateBytes, keys: deployment.stateKeys, keep: stateKeep,
                    counting: counting, logger: logger, surroundings: surroundings),
                counting: counting, kept: kept, book: SavingBook(writeLimit: writeBytes),
                patienceSeconds: slotWaitSeconds, logger: logger, time: surroundings.time))
        let store = try? opened?.get()
        let embedder = embeddingModel.map {
            Embedder(coordinator: coordinator, model: $0, talk: talk)
        }
        self.embedder = embedder
        backlog = store.flatMap { store in
            embedder.map { EmbeddingBacklog(store, $0, logger: logger, time: surroundings.time) }
        }
        chooser = store.map {
            DemonstrationChooser(
                Selector(store: $0, surroundings), deployment: deployment, talk: talk, logger: logger)
        }
    }

    private var deployment: Deployment { coordinator.deployment }
    private var time: TimeSource { coordinator.time }

    var store: ContextStore? { try? opened?.get() }

    /// Why there are no demonstrations although there should be.
    var storeProblem: StoreError? {
        if case .failure(let problem)? = opened { problem } else { nil }
    }

    /// Drops saved states of files that are not there any more. What is only missing for now may come back as it was.
    private func dropMisfits() {
        let models = deployment.served
        guard models.allSatisfy({ $0.problem == nil }) else { return }
        pool.tools.archive.dropAll(exceptFitting: models.compactMap(\.slots?.identity))
    }

    /// Observes engines from now on, and finds out where demonstrations lie that were given while Ember was down.
    func start() async {
        dropMisfits()
        await coordinator.within { $0.engines.report(to: self) }
        await embedAll()
    }

    private func embedAll() async {
        for tenant in tenants {
            for service in (try? await store?.services(of: tenant)) ?? [] { embed(tenant, service.service) }
        }
    }

    /// Ember ends: requests that wait for a slot are not given one any more, and nothing is computed ahead.
    func drain() async {
        backlog?.stop()
        await pool.end()
    }

    func close() async {
        backlog?.stop()
        await pool.tools.archive.close()
        do { try await store?.close() } catch { logger.error("the context store: \(error)") }
    }

    var view: ContextView {
        let (count, bytes) = pool.tools.archive.size
        return ContextView(counters: counting.values, savedStates: count, savedBytes: bytes)
    }

    /// What engines' slots hold of a tenant's prompts, and what is saved of them.
    func conversations(of tenant: String) async -> ConversationList {
        let now = time.wallSeconds
        return ConversationList(
            conversations: await pool.conversations(of: tenant),
            states: pool.tools.archive.entries(of: tenant).suffix(Self.mostListed).reversed().map {
                SavedConversationView($0, at: now)
            })
    }

    // MARK: A request

    /// What a request's context is to be; nil where Ember has no part in it.
    func plan(
        _ call: InferenceCall, request: String, _ identity: Identity, _ choice: ContextChoice
    ) async -> ContextPlan? {
        guard let prompt = call.prompt else { return nil }
        let settings = deployment.contexts[call.service.index]
        let usesContext = settings.source != .off && prompt.takesDemonstrations
        guard usesContext || deployment.hasSlots(call.service, call.model) else { return nil }
        let tenant = identity.tenant
        let keep = choice.mayBeKept && call.mayBeStored ? min(settings.keep, identity.keep) : StateKeep.none
        let count = choice.examples ?? settings.examples
        var mode = usesContext && count > 0 ? choice.mode ?? settings.selection : .none
        if mode == .auto {
            mode = trials.choose(
                for: request, tenant: tenant, service: call.service, model: call.model,
                wrongAnswer: wrongAnswer(call.model))
        }
        return ContextPlan(
            request: request,
            asker: Asker(tenant: tenant, terms: KeepTerms(key: identity.name ?? "", keep: keep)), service: call.service,
            serviceName: deployment.catalogue[call.service].name, model: call.model, settings: settings,
            prompt: prompt, isStreaming: call.isStreaming, mode: mode, count: count,
            vector: mode.needsEmbedding ? await vector(of: prompt, tenant) : nil)
    }

    private func vector(of prompt: PromptBody, _ tenant: String) async -> Embedding? {
        guard let embedder, let question = prompt.question else { return nil }
        let vector = await embedder.embedding(of: question, tenant: tenant)
        if vector == nil { counting.count { $0.demonstrations.missedEmbeddings += 1 } }
        return vector
    }

    /// What a wrong answer costs, where the cost of a second is 1; as much as a second where the service does not say.
    private func wrongAnswer(_ model: ModelID) -> Double {
        let declared = deployment[model].spec.costs.wrongAnswer
        return declared > 0 ? declared : 1
    }

    /// The plan of a request that is to run there.
    func plan(_ plan: ContextPlan, on route: EdgeRoute) -> ContextPlan {
        let served = deployment[route.model]
        return plan.on(route.model, variant: served.edits.adapter == nil ? "" : served.name)
    }

    /// Takes what the request needs of the engine that it is to run on: demonstrations, and a slot.
    ///
    /// - Throws: `SlotRefusal`, or why the engine does not answer.
    func begin(_ plan: ContextPlan, on route: EdgeRoute) async throws -> ContextUse {
        var use = ContextUse()
        if let chooser { use.selection = await chooser.select(plan, route.engine) }
        use.relevance = HeldContext.relevance(of: use.selection.demonstrations, to: plan.vector)
        use.slots = slots(of: route.engine, plan.model)
        if let slots = use.slots {
            var wish = plan.wish(use.selection)
            wish.room = route.room
            use.lease = try await slots.lease(wish)
            if wish.canChoose { prefixes.remember(wish.owner, plan) }
        }
        use.edits = plan.prompt.edits(
            inserting: use.selection.turns, slot: use.lease?.slot, reusing: use.lease?.reusesNothing != true)
        let count = use.selection.demonstrations.count
        if count > 0 {
            counting.count {
                $0.demonstrations.requestsWithDemonstrations += 1
                $0.demonstrations.demonstrations += count
            }
        }
        return use
    }

    /// Gives back what the request has taken.
    ///
    /// - Parameters:
    ///   - usage: of an answer that has come to its end; the caller then has the planner take what the slots hold.
    ///   - hasBegun: its answer had begun, so that its prompt had been read.
    func end(_ use: ContextUse, of plan: ContextPlan, usage: UsageFigures?, hasBegun: Bool) async {
        if let slots = use.slots, let lease = use.lease {
            // Of several answers to one prompt the first is in the request's own slot.
            let bounds = plan.prompt.bounds
            let isOnePrompt = bounds.answers == 1 || (bounds.slots > 1 && plan.prompt.chain.bytes > 0)
            let isKnown = hasBegun && isOnePrompt
            let (reused, read) = (usage?.reusedTokens, usage?.promptTokens)
            await slots.release(
                lease, reused: reused, prompt: read, tokens: usage?.contextTokens, isKnown: isKnown,
                isReported: usage != nil)
            // Short ones say little, and are most.
            if (read ?? 0) - (reused ?? 0) >= StateRates.leastTokens, let seconds = usage?.prefillSeconds {
                pool.tools.book.note(slots.layout.identity) {
                    $0.notePrefill(tokens: (read ?? 0) - (reused ?? 0), seconds: seconds)
                }
            }
        }
        considerPrefill(plan.model)
        if let slots = use.slots { considerStateCheck(plan.model, slots.layout.identity) }
        guard hasBegun, plan.settings.source != .off else { return }
        await measure(use, plan)
        if let seconds = usage?.prefillSeconds { trials.note(plan.request, secondsToFirstToken: seconds) }
    }

    /// Tells the planner what the model now holds for the service, over all tenants.
    private func measure(_ use: ContextUse, _ plan: ContextPlan) async {
        let all = held.hold(use, of: plan, vanishing: deployment.catalogue[plan.service].vanishing)
        await coordinator.handle(
            .contextMeasured(plan.service, plan.model, examples: all.examples, worth: all.worth))
    }

    /// The answer becomes a demonstration, where the service learns from such.
    func learn(_ answer: String, from plan: ContextPlan, origin: Origin) {
        guard let store, plan.teaches, plan.settings.learnsFrom.contains(origin), let question = plan.prompt.question,
            !question.isEmpty, !answer.isEmpty
        else { return }
        let content = DemonstrationContent(
            service: plan.serviceName, model: nil, prompt: question, result: answer, origin: origin,
            time: time.wallSeconds, request: plan.request, embedding: plan.vector)
        do {
            try store.learn(content, tenant: plan.tenant)
            counting.count { $0.demonstrations.learned += 1 }
            if plan.vector == nil { embed(plan.tenant, plan.serviceName) }
        } catch {
            logger.debug(
                "an answer did not become a demonstration: \(error)", metadata: ["request": "\(plan.request)"])
        }
    }

    /// Feedback on a request, from 0 to 1.
    ///
    /// - Returns: whether it is known.
    func rate(_ request: String, tenant: String, score: Double) async throws(StoreError) -> Bool {
        let isTrial = trials.note(request, tenant: tenant, quality: score)
        guard let store else { return isTrial }
        return try await store.rate(request: request, tenant: tenant, quality: score) > 0 || isTrial
    }

    // MARK: Demonstrations that come and go

    private func embed(_ tenant: String, _ service: String) {
        backlog?.work(tenant: tenant, service: service) { [chooser] in
            await chooser?.forget(tenant: tenant, service: service)
        }
    }

    /// How many of a service's demonstrations have a vector; nil where no model makes any.
    func embedded(_ scope: DemonstrationScope) async throws(StoreError) -> Int? {
        guard let backlog else { return nil }
        return try await backlog.embedded(scope)
    }

    /// Demonstrations were given: they are to get vectors, and prompts will begin otherwise.
    func demonstrationsWereAdded(tenant: String, service: String) {
        embed(tenant, service)
        for model in prefixes.models(serving: service, of: tenant) { considerPrefill(model) }
    }

    /// Demonstrations were removed: nothing made from them is left, in files or in engines' next prompts.
    ///
    /// - Throws: where files could not be removed.
    func forget(tenant: String, service: String) async throws(FileProblem) {
        await chooser?.forget(tenant: tenant, service: service)
        held.forget(tenant: tenant)
        _ = try await pool.forget(ForgottenStates(tenant: tenant, service: service))
    }

    /// A tenant wants its conversations, or some of them, gone: in files and in slots.
    ///
    /// - Returns: how many states and slots had any.
    /// - Throws: where files could not be removed.
    func forget(_ what: ForgottenStates) async throws(FileProblem) -> (states: Int, slots: Int) {
        try await pool.forget(what)
    }

    // MARK: Engines

    private func slots(of engine: any ResidentEngine, _ model: ModelID) -> EngineSlots? {
        if let known = pool[engine] { return known }
        return deployment[model].slots.map { layout in
            let instance = deployment.instance(of: model)
            let name = deployment.models[instance.index].name
            return pool.slots(of: engine, of: name, instance, layout) { [coordinator] in await $0.give(to: coordinator)
            }
        }
    }

    /// Once the model has been idle for a moment, computes the last prefixes whose demonstrations have changed since.
    private func considerPrefill(_ model: ModelID) {
        let known = prefixes.prefixes(of: model)
        // It would have to be computed with the adapter, or without.
        guard !known.isEmpty, deployment[model].edits.adapter == nil else { return }
        let mark = deployment.mark(of: model)
        time.later(after: .seconds(Self.idleSeconds)) { [self] in
            for prefix in known {
                guard deployment.isCurrent(mark),
                    let engine = await coordinator.within({ $0.engines.idleEngine(of: model, for: $0) }),
                    let slots = slots(of: engine, model),
                    await slots.isIdle
                else { return }
                await prefillIfChanged(prefix, engine, slots)
            }
        }
    }

    /// Once the model has been idle for a moment, finds out what its engine keeps of prompts, unless that is known.
    ///
    /// - Parameter identity: of its slots.
    private func considerStateCheck(_ model: ModelID, _ identity: String) {
        let kept = pool.tools.kept
        guard kept.begin(identity) else { return }
        let mark = deployment.mark(of: model)
        time.later { [self] in
            // At Ember's end, too.
            try? await time.sleep(for: .seconds(Self.idleSeconds))
            var tries = 0
            if deployment.isCurrent(mark),
                let engine = await coordinator.within({ $0.engines.idleEngine(of: model, for: $0) }),
                let slots = slots(of: engine, model), await slots.checkStates()
            {
                tries = 1
            }
            kept.end(identity, tries: tries)
        }
    }

    /// What the model's engine keeps of prompts; nil where Ember does not give its slots.
    func kept(_ model: ModelID) -> KeptView? {
        deployment[model].slots.map { KeptView($0.traits, pool.tools.kept[$0.identity]) }
    }

    private func prefillIfChanged(
        _ known: PrefixMemory.Known, _ engine: any ResidentEngine, _ slots: EngineSlots
    ) async {
        guard let selection = await chooser?.select(known.plan, engine) else { return }
        let (owner, digest) = known.plan.prefix(of: selection)
        guard owner == known.owner, await !slots.holds(owner, prefix: digest) else { return }
        let (stable, prompt) = (Array(selection.turns.prefix(selection.stableCount)), known.plan.prompt)
        await StateCheck.giveWay(on: slots)
        await slots.prefillAhead(owner, prefix: digest) { slot in prompt.prefill(stable, slot: slot) }
    }
}

extension ContextKeeper: EngineObserver {
    func didLoad(_ model: ModelID, _ engine: any ResidentEngine) {
        // As the engine was started, whatever the configuration says later.
        let slots = slots(of: engine, model)
        considerPrefill(model)
        if let slots { considerStateCheck(model, slots.layout.identity) }
    }

    func willStop(_ engine: any ResidentEngine) async {
        await pool.remove(engine)?.close()
    }

    func filesHaveChanged() {
        dropMisfits()
        chooser?.forgetCounts()
        // Vectors of another embedding model count as missing.
        if backlog != nil { time.later { [self] in await embedAll() } }
    }

    func configurationHasChanged(reusing models: [ModelID], _ services: [ServiceID]) {
        held.forget(models, services)
        trials.forget(models, services)
        prefixes.forget(models, services)
        chooser?.forgetCounts()
        dropMisfits()
    }

    func hasEnded(_ engine: any ResidentEngine) {
        guard let slots = pool.remove(engine) else { return }
        time.later { await slots.end() }
    }
}
