import EmberCore
import EmberDocument
import Foundation

/// Checks a scenario's draft as a whole.
struct ScenarioBuilder {
    let name: String
    let folder: TraceFolder
    let draft: ScenarioDraft
    var reading: Reading
    /// What of the files was skipped.
    var notes: [String] = []

    static let root = SettingPath.root

    /// Nil when something is missing; everything that is wrong goes to `reading`.
    mutating func build() -> Scenario? {
        if draft.edge.memory.budgetBytes == nil, !hasIssue("memory"), !hasIssue("memory.budget") {
            report("memory", "has no budget; write the edge's memory such as memory: {budget: 80GB}")
        }
        if draft.services.isEmpty { report("services", "has no service; write one such as chat: {}") }
        if draft.models.isEmpty { report("models", "has no model; write one such as small: {memory: 14GB}") }
        if draft.edge.servers > max(1, draft.services.count) {
            report("servers", "are more than the \(draft.services.count) services; write at most one for each")
        }
        if weights != nil, draft.clock.time == .slots {
            report("weights", "are for event time; write time: events, or leave them out")
        }
        let models = draft.models.map { model($0) }
        let catalogue =
            models.isEmpty || draft.services.isEmpty
            ? nil
            : Catalogue(models: models.map(\.spec), services: services(), sharing: draft.edge.sharing)
        let workload = workload(catalogue)
        let events = events(models: models)
        guard reading.problems.issues.isEmpty, let memory = draft.edge.memory.budgetBytes, let catalogue, let workload
        else {
            return nil
        }
        let edge = EdgeServers(
            count: draft.edge.servers, memory: Bytes(memory), energyJoules: draft.edge.energy.budgetJoules,
            retention: draft.edge.context.retention)
        return Scenario(
            name: name, summary: draft.summary, slots: draft.clock.slots, edge: edge, catalogue: catalogue,
            workload: workload, events: events,
            published: draft.published.map { PublishedRow(policy: $0.policy, figures: $0.figures) }, notes: notes)
    }

    /// Whether a key's value was no good, which is all there is to say of it.
    private func hasIssue(_ key: String) -> Bool { reading.problems.issues.contains { $0.key == key } }

    private mutating func report(_ key: String, _ message: String) {
        reading.report(Self.root.appending(key), message)
    }

    /// Seconds that a slot stands for.
    private var slotSeconds: Double {
        draft.workload.kind == .trace ? draft.workload.trace.slotSeconds : draft.clock.events.slotSeconds
    }

    /// Those that ask, and behind them those whose pairs are never asked for.
    private mutating func services() -> [ServiceSpec] {
        let asking = draft.services.map(service)
        let idle = draft.workload.idlePairs
        guard idle > 0 else { return asking }
        if draft.edge.sharing != .pairs {
            reading.report(
                Self.root.appending("workload").appending("idle_pairs"),
                "needs models of its own for each pair; write sharing: pairs, or leave it out")
        }
        return asking
            + (1...idle).flatMap { number in
                draft.services.map { stated in
                    var service = service(stated)
                    service.name = "\(stated.name) idle \(number)"
                    return service
                }
            }
    }

    private func service(_ service: ServiceDraft) -> ServiceSpec {
        let perSlot = service.vanishingPerSlot
        return ServiceSpec(
            name: service.name, vanishing: draft.clock.time == .slots ? perSlot : perSlot / slotSeconds,
            demonstrationTokens: service.demonstrationTokens)
    }

    /// The drafts have what `defaults` fills in.
    private mutating func events(models: [(draft: ScenarioModelDraft, spec: ModelSpec)]) -> EventTime? {
        guard draft.clock.time == .events else { return nil }
        for (draft, _) in models where draft.outputTokens > draft.tokens {
            let path = Self.root.appending("models").appending(draft.name)
            reading.report(
                path, "generates \(draft.outputTokens) of \(draft.tokens) tokens; lower output, or raise tokens")
        }
        return EventTime(draft, slotSeconds: slotSeconds, models: models.map(\.draft), weights: weights)
    }

    /// nil where costs are as declared.
    private var weights: CostWeights? {
        reading.isStated(Self.root.appending("weights")) ? draft.weights : nil
    }

    /// Else what residency saves is the load, as for a server's models that only the edge has.
    private var hasCloud: Bool { draft.clock.time == .slots || draft.clock.events.isOffloadable }

    private mutating func model(_ stated: ScenarioModelDraft) -> (draft: ScenarioModelDraft, spec: ModelSpec) {
        var draft = stated
        let path = Self.root.appending("models").appending(stated.name)
        ScenarioModelTable.section.inherit(
            &draft, at: path, from: self.draft.defaults, at: Self.root.appending("defaults"), reading)
        if draft.memoryBytes == nil {
            reading.report(path, "has no memory; write the memory of one instance such as memory: 14GB")
        }
        let costs = draft.costs
        var spec = ModelSpec(
            name: draft.name, residentBytes: Bytes(draft.memoryBytes ?? 1), windowTokens: draft.windowTokens,
            parallel: self.draft.clock.time == .slots ? .max : draft.parallel, typicalTokens: draft.tokens,
            costs: CostRates(
                load: costs.loadPerGigabyte > 0 ? .perByte(costs.loadPerGigabyte / 1e9) : .constant(costs.load),
                cloudPerRequest: costs.cloud, transmissionPerRequest: costs.transmission,
                inferencePerToken: costs.token, wrongAnswer: draft.accuracy.weight, joulesPerToken: costs.joules,
                perJoule: costs.joulePrice ?? self.draft.edge.energy.price),
            accuracy: accuracy(draft.accuracy, at: path.appending("accuracy")))
        if let weights { measure(&spec, draft, weights, at: path) }
        if !hasCloud { spec.measured.insert(.absence) }
        spec.takeCostOfAbsence()
        return (draft, spec)
    }

    /// What neither the model nor `defaults` states is measured, as on a server; until then it is expected to be what
    /// it will be.
    private func measure(
        _ spec: inout ModelSpec, _ draft: ScenarioModelDraft, _ weights: CostWeights, at path: SettingPath
    ) {
        let sections = [path, Self.root.appending("defaults")].map { $0.appending("costs") }
        func states(_ keys: String...) -> Bool {
            keys.contains { key in sections.contains { reading.isStated($0.appending(key)) } }
        }
        let events = EventTime(self.draft, slotSeconds: slotSeconds, models: [draft], weights: weights)
        let model = ModelID(0)
        let typical = Arrival(
            time: .zero, pair: PairID(0), inputTokens: draft.tokens - draft.outputTokens,
            outputTokens: draft.outputTokens)
        if !states("load", "load_per_gigabyte") {
            spec.measured.insert(.load)
            spec.costs.load = .constant(weights.load(seconds: events.loadSeconds(of: model, spec)))
        }
        if !states("token"), draft.tokens > 0 {
            spec.measured.insert(.inference)
            spec.costs.inferencePerToken =
                weights.waitingSecond * events.edgeSeconds(of: model, typical) / Double(draft.tokens)
        }
        if hasCloud, !states("cloud") {
            spec.measured.insert(.cloud)
            let (seconds, bill) = events.cloud(of: model, typical)
            spec.costs.cloudPerRequest = weights.cloud(seconds: seconds, bill: bill)
        }
    }

    /// The form that the model states counts, before that of `defaults`.
    private func accuracy(_ draft: ScenarioAccuracyDraft, at path: SettingPath) -> AccuracyModel {
        func states(_ keys: String...) -> Bool { keys.contains { reading.isStated(path.appending($0)) } }
        let isBounded = states("zero_shot", "gain")
        if let table = draft.table, states("table") || !(isBounded || states("beta")) {
            return .measured(table.map { AccuracyPoint(examples: $0[0], accuracy: $0[1]) })
        }
        if let beta = draft.beta, states("beta") || !isBounded {
            return .exponentialAmbiguity(alpha: draft.alpha, beta: beta)
        }
        return .boundedLog(zeroShot: draft.zeroShot, gain: draft.gain, alpha: draft.alpha)
    }
}
