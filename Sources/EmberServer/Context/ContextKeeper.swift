import EmberContext
import EmberCore
public import EmberStore
import Foundation
public import Logging
import NIOCore
import Synchronization

/// Brings demonstrations into prompts, gives requests their slots, and takes in what they leave behind.
public final class ContextKeeper: Sendable {
    let store: ContextStore?
    let counting = ContextCounting()
    private let coordinator: Coordinator
    private let deployment: Deployment
    private let archive: StateArchive
    private let embedder: Embedder?
    private let selector: Selector?
    private let talk = EngineTalk()
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        /// By resident engine.
        var slots: [ObjectIdentifier: EngineSlots] = [:]
        /// By text and model, how many tokens it has.
        var tokens: [TokenKey: Int] = [:]
        var trials: [TrialKey: ModeTrials] = [:]
        /// By request, what feedback on it is about; with the order in which they came.
        var trialOfRequest: [String: (TrialKey, SelectionMode)] = [:]
        var recentRequests: [String] = []
        /// By pair and tenant, what its requests last found held.
        var held: [PairKey: [String: HeldContext]] = [:]
        /// By model, the prefixes that requests of late began with, the newest last.
        var prefixes: [ModelID: [KnownPrefix]] = [:]
        var embedding: [PairOfNames: Task<Void, Never>] = [:]
    }

    private struct TokenKey: Hashable {
        let model: ModelID
        let demonstration: Int
    }
    private struct TrialKey: Hashable {
        let tenant: String
        let service: ServiceID
        let model: ModelID
    }
    private struct PairKey: Hashable {
        let service: ServiceID
        let model: ModelID
    }
    struct PairOfNames: Hashable {
        let tenant: String
        let service: String
    }

    /// A prefix that can be computed ahead, from the last request that began with it.
    private struct KnownPrefix: Sendable {
        let owner: SlotOwner
        let plan: ContextPlan
    }

    private static let mostTokenCounts = 100_000
    private static let mostRequests = 10_000
    /// Prefixes remembered for each model.
    private static let mostPrefixes = 16
    /// Tokens around a message's text, more than usual templates have.
    private static let tokensPerMessage = 8
    /// A model must have been idle for so long before anything is computed ahead.
    private static let idleSeconds = 0.3
    private static let embeddingBatch = 16

    /// - Parameter store: nil where no service has demonstrations.
    public init(
        coordinator: Coordinator, store: ContextStore?, stateFolder: String, stateBytes: Int, embeddingModel: String?,
        logger: Logger
    ) throws {
        self.coordinator = coordinator
        self.store = store
        self.logger = logger
        deployment = coordinator.deployment
        archive = try StateArchive(folder: stateFolder, quota: stateBytes, logger: logger)
        archive.dropAll(exceptFitting: Set(deployment.models.compactMap(\.slots?.identity)))
        embedder = embeddingModel.flatMap(coordinator.deployment.model(named:)).map {
            Embedder(coordinator: coordinator, model: $0, talk: EngineTalk())
        }
        selector = store.map(Selector.init)
    }

    /// Hears of engines from now on, and finds out where demonstrations lie that were given while Ember was down.
    func start(tenants: [String]) async {
        await coordinator.report(to: self)
        for tenant in tenants {
            for service in (try? await store?.services(of: tenant)) ?? [] { embedAll(tenant, service.service) }
        }
    }

    func close() async {
        for task in state.withLock({ $0.embedding.values.map { $0 } }) { task.cancel() }
        do { try await store?.close() } catch { logger.error("the context store: \(error)") }
    }

    var view: ContextView {
        let (count, bytes) = archive.size
        return ContextView(counters: counting.values, savedStates: count, savedBytes: bytes)
    }

    // MARK: A request

    /// What a request's context is to be; nil where Ember has no part in it.
    func plan(_ call: InferenceCall, request: String, tenant: String, _ choice: ContextChoice) async -> ContextPlan? {
        guard let format = call.format, let prompt = call.prompt(format) else { return nil }
        let settings = deployment.contexts[call.service.index]
        let usesContext = settings.source != .off && prompt.takesDemonstrations
        guard usesContext || deployment[call.model].slots != nil else { return nil }
        var mode = usesContext ? choice.mode ?? settings.selection : .none
        let count = choice.examples ?? settings.examples
        if count == 0 { mode = .none }
        let key = TrialKey(tenant: tenant, service: call.service, model: call.model)
        if mode == .auto { mode = tryMode(key, request) }
        var vector: Embedding?
        if usesContext, mode.needsEmbedding, let embedder, let question = prompt.question {
            vector = await embedder.embedding(of: question)
            if vector == nil { counting.count { $0.missedEmbeddings += 1 } }
        }
        return ContextPlan(
            request: request, tenant: tenant, service: call.service,
            serviceName: deployment.catalogue[call.service].name, model: call.model, settings: settings,
            path: call.path, prompt: prompt, isStreaming: call.isStreaming, mode: mode, count: count, vector: vector)
    }

    private func tryMode(_ key: TrialKey, _ request: String) -> SelectionMode {
        state.withLock { state in
            let mode = state.trials[key, default: ModeTrials()].choose(wrongAnswer: wrongAnswer(key.model))
            state.trialOfRequest[request] = (key, mode)
            state.recentRequests.append(request)
            if state.recentRequests.count > Self.mostRequests {
                state.trialOfRequest[state.recentRequests.removeFirst()] = nil
            }
            return mode
        }
    }

    private func wrongAnswer(_ model: ModelID) -> Double { deployment[model].spec.costs.wrongAnswer }

    /// Takes what the request needs of the engine that it is to run on: demonstrations, and a slot.
    func begin(_ plan: ContextPlan, on route: EdgeRoute) async -> ContextUse {
        var use = ContextUse()
        use.selection = await select(plan, route.engine)
        use.relevance = HeldContext.relevance(of: use.selection.demonstrations, to: plan.vector)
        use.slots = slots(of: route.engine, plan.model)
        if let slots = use.slots {
            if plan.prompt.format.canChooseSlot {
                let (owner, prefix) = Self.prefix(of: plan, use.selection)
                use.lease = await slots.lease(owner, prefix: prefix)
                remember(owner, plan)
            } else {
                await slots.openAll(to: plan.tenant)
            }
        }
        use.edits = plan.prompt.edits(inserting: use.selection.turns, slot: use.lease?.slot)
        let count = use.selection.demonstrations.count
        if count > 0 {
            counting.count {
                $0.requestsWithDemonstrations += 1
                $0.demonstrations += count
            }
        }
        return use
    }

    /// Gives back what the request has taken.
    ///
    /// - Parameter hasBegun: its answer had begun, so that its prompt had been read.
    func end(_ use: ContextUse, of plan: ContextPlan, usage: UsageScanner?, hasBegun: Bool) async {
        if let slots = use.slots {
            if let lease = use.lease {
                await slots.release(
                    lease, reused: usage?.reusedTokens, isKnown: hasBegun && plan.prompt.answerCount == 1)
            }
            if use.lease == nil || plan.prompt.answerCount > 1 { await slots.muddle(plan.tenant) }
        }
        considerPrefill(plan.model)
        guard hasBegun, plan.settings.source != .off else { return }
        await measure(use, plan)
        if let seconds = usage?.prefillSeconds { noteTrial(plan.request, seconds: seconds) }
    }

    private func noteTrial(_ request: String, seconds: Double) {
        state.withLock { state in
            guard let (key, mode) = state.trialOfRequest[request] else { return }
            state.trials[key]?.note(mode, secondsToFirstToken: seconds)
        }
    }

    /// Tells the planner what the model now holds for the service, over all tenants.
    private func measure(_ use: ContextUse, _ plan: ContextPlan) async {
        let key = PairKey(service: plan.service, model: plan.model)
        let now = Date().timeIntervalSince1970
        let held = HeldContext(
            use.selection.demonstrations, relevance: use.relevance,
            vanishing: deployment.catalogue[plan.service].vanishing, at: now)
        let all = state.withLock { state in
            state.held[key, default: [:]][plan.tenant] = held
            return state.held[key]?.values.reduce((0.0, 0.0)) { ($0.0 + $1.examples, $0.1 + $1.kappa) } ?? (0, 0)
        }
        await coordinator.noteContext(of: plan.service, on: plan.model, examples: all.0, worth: all.1)
    }

    /// The answer becomes a demonstration, where the service learns from such.
    func learn(_ answer: String, from plan: ContextPlan, origin: Origin) {
        guard let store, plan.teaches, plan.settings.learnsFrom.contains(origin), let question = plan.prompt.question,
            !question.isEmpty, !answer.isEmpty
        else { return }
        let content = DemonstrationContent(
            service: plan.serviceName, model: nil, prompt: question, result: answer, origin: origin,
            time: Date().timeIntervalSince1970, request: plan.request, embedding: plan.vector)
        do {
            try store.learn(content, tenant: plan.tenant)
            counting.count { $0.learned += 1 }
            if plan.vector == nil { embedAll(plan.tenant, plan.serviceName) }
        } catch {
            logger.debug("an answer did not become a demonstration: \(error)")
        }
    }

    /// Feedback on a request, from 0 to 1.
    ///
    /// - Returns: whether it is known.
    func rate(_ request: String, tenant: String, score: Double) async throws(StoreError) -> Bool {
        let isTrial = state.withLock { state in
            guard let (key, mode) = state.trialOfRequest[request], key.tenant == tenant else { return false }
            state.trials[key]?.note(mode, quality: score)
            return true
        }
        guard let store else { return isTrial }
        return try await store.rate(request: request, tenant: tenant, quality: score) > 0 || isTrial
    }

    // MARK: Demonstrations

    private func select(_ plan: ContextPlan, _ engine: any ResidentEngine) async -> Selection {
        guard let selector, plan.mode != .none else { return Selection() }
        let request = SelectionRequest(
            scope: DemonstrationScope(
                tenant: plan.tenant, service: plan.serviceName, model: deployment[plan.model].name),
            mode: plan.mode, count: plan.count, leastQuality: plan.settings.leastQuality, vector: plan.vector)
        do {
            return await fit(try await selector.select(request), plan, engine)
        } catch {
            logger.warning("no demonstrations for a request of \(plan.serviceName): \(error)")
            return Selection()
        }
    }

    /// As much of the selection as leaves room in the slot's window for the request and its answer. What is too much goes
    /// in halves, so that the next requests find the same beginning.
    private func fit(_ selection: Selection, _ plan: ContextPlan, _ engine: any ResidentEngine) async -> Selection {
        guard let layout = deployment[plan.model].slots, !selection.demonstrations.isEmpty else { return selection }
        let tokens = await tokens(of: selection.demonstrations, plan.model, engine)
        let answer = plan.prompt.maxTokens ?? layout.windowTokens / 4
        var room = layout.windowTokens - answer - 4 * Self.tokensPerMessage - plan.prompt.textBytes
        if tokens.reduce(0, +) > room, let question = plan.prompt.question,
            let counted = try? await talk.countTokens(question, of: engine)
        {
            // Bytes were more than enough; the other texts, such as a system prompt, still count as bytes.
            room += question.utf8.count - counted
        }
        var (fitting, left) = (selection, tokens[...])
        while left.reduce(0, +) > room, !left.isEmpty {
            let gone = (left.count + 1) / 2
            fitting.dropFirst(gone)
            left = left.dropFirst(gone)
        }
        return fitting
    }

    /// How many tokens each demonstration takes in a prompt, counted by the model's own tokenizer.
    private func tokens(
        of demonstrations: [Demonstration], _ model: ModelID, _ engine: any ResidentEngine
    ) async -> [Int] {
        var counts: [Int] = []
        for demonstration in demonstrations {
            let key = TokenKey(model: model, demonstration: demonstration.id)
            if let known = state.withLock({ $0.tokens[key] }) ?? demonstration.tokens[deployment[model].name] {
                counts.append(known + 2 * Self.tokensPerMessage)
                continue
            }
            let text = demonstration.prompt + demonstration.result
            let counted = try? await talk.countTokens(text, of: engine)
            if let counted {
                state.withLock { state in
                    if state.tokens.count >= Self.mostTokenCounts { state.tokens = [:] }
                    state.tokens[key] = counted
                }
            }
            counts.append((counted ?? text.utf8.count) + 2 * Self.tokensPerMessage)
        }
        return counts
    }

    /// Finds out where the service's demonstrations lie of which that is not known yet.
    func embedAll(_ tenant: String, _ service: String) {
        guard let store, let embedder else { return }
        let key = PairOfNames(tenant: tenant, service: service)
        state.withLock { state in
            guard state.embedding[key] == nil else { return }
            state.embedding[key] = Task {
                await self.embedMissing(DemonstrationScope(tenant: tenant, service: service), store, embedder)
                self.state.withLock { $0.embedding[key] = nil }
            }
        }
    }

    private func embedMissing(_ scope: DemonstrationScope, _ store: ContextStore, _ embedder: Embedder) async {
        do {
            try await store.flush()
            while !Task.isCancelled {
                let batch = try await store.demonstrations(
                    withoutEmbeddingBy: embedder.name, of: scope, limit: Self.embeddingBatch)
                guard !batch.isEmpty else { break }
                guard let vectors = await embedder.embeddings(of: batch.map(\.prompt), within: 60) else {
                    logger.warning(
                        "demonstrations of \(scope.service) wait for their place: the embedding model is not there")
                    break
                }
                for (demonstration, vector) in zip(batch, vectors) {
                    _ = try await store.setEmbedding(vector, of: demonstration.id, tenant: scope.tenant)
                }
            }
        } catch {
            logger.warning("demonstrations of \(scope.service) cannot be placed: \(error)")
        }
        await selector?.forget(tenant: scope.tenant, service: scope.service)
    }

    /// How many of a service's demonstrations have a place among texts; nil where no model says so.
    func embedded(_ scope: DemonstrationScope) async throws(StoreError) -> Int? {
        guard let store, let embedder else { return nil }
        return try await store.usage(of: scope).entries - store.countWithoutEmbedding(by: embedder.name, of: scope)
    }

    /// Demonstrations were given: they are to find their place, and prompts will begin otherwise.
    func demonstrationsWereAdded(tenant: String, service: String) {
        embedAll(tenant, service)
        let models = state.withLock { state in
            state.prefixes.filter { $0.value.contains { $0.owner.tenant == tenant && $0.owner.service == service } }
                .keys
                .sorted { $0.index < $1.index }
        }
        for model in models { considerPrefill(model) }
    }

    /// Demonstrations were removed: nothing made from them is left, in files or in engines' next prompts.
    func forget(tenant: String, service: String) async {
        await selector?.forget(tenant: tenant, service: service)
        archive.drop(tenant: tenant, service: service)
        let all = state.withLock { state in
            state.held = state.held.mapValues { $0.filter { $0.key != tenant } }
            return state.slots.values.map { $0 }
        }
        for slots in all { await slots.forget(tenant: tenant, service: service) }
    }

    // MARK: Slots

    private func slots(of engine: any ResidentEngine, _ model: ModelID) -> EngineSlots? {
        guard let layout = deployment[model].slots else { return nil }
        return state.withLock { state in
            if let slots = state.slots[ObjectIdentifier(engine)] { return slots }
            let slots = EngineSlots(
                engine, layout, talk: talk, archive: archive, counting: counting, logger: logger)
            state.slots[ObjectIdentifier(engine)] = slots
            return slots
        }
    }

    /// Whose slot a request should have, and the digest of what its prompt begins with.
    private static func prefix(of plan: ContextPlan, _ selection: Selection) -> (SlotOwner, String) {
        var owner = SlotOwner(tenant: plan.tenant, service: plan.serviceName)
        guard selection.stableCount > 0 else {
            // A conversation finds the slot again where it began.
            return (owner, Digest.hex([plan.prompt.head, plan.prompt.opening], bytes: 8))
        }
        let head = Digest.hex([plan.prompt.head], bytes: 4)
        owner.prefix = "\(plan.prompt.format) \(selection.mode) \(plan.count) \(selection.prefix) \(head)"
        let stable = selection.turns.prefix(selection.stableCount).flatMap { [$0.prompt, $0.result] }
        return (owner, Digest.hex([plan.prompt.head] + stable, bytes: 8))
    }

    // MARK: Prefill ahead

    private func remember(_ owner: SlotOwner, _ plan: ContextPlan) {
        guard owner.isStable else { return }
        state.withLock { state in
            var known = state.prefixes[plan.model, default: []]
            known.removeAll { $0.owner == owner }
            known.append(KnownPrefix(owner: owner, plan: plan))
            state.prefixes[plan.model] = Array(known.suffix(Self.mostPrefixes))
        }
    }

    /// Once the model has been idle for a moment, computes the prefix of late whose demonstrations have changed since.
    func considerPrefill(_ model: ModelID) {
        let known = state.withLock { $0.prefixes[model] ?? [] }
        guard !known.isEmpty else { return }
        Task {
            try? await Task.sleep(for: .seconds(Self.idleSeconds))
            for prefix in known.reversed() {
                guard let engine = await coordinator.idleEngine(of: model), let slots = slots(of: engine, model),
                    await slots.isIdle
                else { return }
                await prefillIfChanged(prefix, engine, slots)
            }
        }
    }

    private func prefillIfChanged(_ known: KnownPrefix, _ engine: any ResidentEngine, _ slots: EngineSlots) async {
        let selection = await select(known.plan, engine)
        let (owner, digest) = Self.prefix(of: known.plan, selection)
        guard owner == known.owner, await !slots.holds(owner, prefix: digest) else { return }
        let stable = Array(selection.turns.prefix(selection.stableCount))
        let plan = known.plan
        await slots.prefillAhead(owner, prefix: digest) { slot in plan.prompt.prefill(stable, slot: slot) }
    }
}

extension ContextKeeper: EngineObserver {
    func didLoad(_ model: ModelID, _ engine: any ResidentEngine) { considerPrefill(model) }

    func willStop(_ engine: any ResidentEngine) async {
        let slots = state.withLock { $0.slots.removeValue(forKey: ObjectIdentifier(engine)) }
        await slots?.close()
    }

    func hasEnded(_ engine: any ResidentEngine) {
        _ = state.withLock { $0.slots.removeValue(forKey: ObjectIdentifier(engine)) }
    }
}

/// What a request says about its own context.
struct ContextChoice: Sendable {
    var mode: SelectionMode?
    var examples: Int?
}
