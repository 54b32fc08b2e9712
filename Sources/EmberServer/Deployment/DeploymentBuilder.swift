public import EmberConfig
public import EmberCore
import EmberEngine
import EmberHardware
import EmberNetwork
import EmberSystem
import Foundation

/// Turns a checked configuration into what Ember serves: engines found, footprints estimated, budget worked out.
public struct DeploymentBuilder: Sendable {
    let configuration: Configuration
    let folders: ConfigurationFolders
    let environment: [String: String]
    let footprints: FootprintKeeper

    public init(
        _ configuration: Configuration, folders: ConfigurationFolders, environment: [String: String],
        footprints: FootprintKeeper
    ) {
        self.configuration = configuration
        self.folders = folders
        self.environment = environment
        self.footprints = footprints
    }

    /// Models whose files or programs are not good are served as such (`ServedModel.problem`).
    ///
    /// - Throws: `DeploymentError` for settings that contradict each other.
    public func build() throws(DeploymentError) -> Deployment {
        var models = Array<ServedModel?>(repeating: nil, count: configuration.models.count)
        var problems: [String] = []
        for (index, model) in configuration.models.enumerated() {
            if case .adapter = model.engine { continue }
            do throws(DeploymentError) {
                let reading = try read(model)
                models[index] = reading.model
                for variant in reading.variants { models[variant.id.index] = variant.model }
            } catch {
                problems.append("models.\(model.name): \(error.description)")
            }
        }
        if let problem = embeddingProblem() { problems.append(problem) }
        guard problems.isEmpty else { throw DeploymentError(problems.joined(separator: "\n")) }
        return Deployment(
            models: models.compactMap(\.self), services: configuration.services.map(spec),
            contexts: configuration.services.map(context),
            deadlines: configuration.services.map(\.deadlineSeconds), defaultService: configuration.defaultService)
    }

    private func spec(of service: ServiceConfiguration) -> ServiceSpec {
        ServiceSpec(
            name: service.name, vanishing: service.vanishingPerSecond,
            demonstrationTokens: Int(service.demonstrationTokens),
            standIns: service.standIns.compactMap { name in
                configuration.models.firstIndex { $0.name == name }.map { ModelID($0) }
            })
    }

    private func embeddingProblem() -> String? {
        guard let name = configuration.context.embeddingModel,
            case .llamaServer(let engine) = configuration.models.first(where: { $0.name == name })?.engine,
            !engine.givesEmbeddings
        else { return nil }
        return "context.embedding_model: models.\(name) gives no embeddings; write embeddings: true there"
    }

    private func context(of service: ServiceConfiguration) -> ServiceContext {
        var context = ServiceContext()
        context.source =
            switch service.context {
            case .off: .off
            case .given: .given
            case .learn: .learn
            }
        context.selection = service.selection
        context.examples = service.examples
        context.leastQuality = service.leastQuality
        context.learnsFrom = Set(service.learnsFrom.map { $0 == .edge ? .edge : .cloud })
        return context
    }

    /// The planner's bounds, with the memory budget in bytes.
    public func plannerSettings() throws(DeploymentError) -> PlannerSettings {
        var settings = PlannerSettings(budget: try budget())
        let queue = configuration.queue
        settings.queueLimit = queue.limit
        settings.queueLimitPerInstance = queue.limitPerModel
        settings.maxWaitSeconds = queue.maxWaitSeconds
        settings.patienceSeconds = queue.patienceSeconds
        settings.gateWaitSeconds = queue.gateWaitSeconds
        settings.residencyPerLoad = queue.minResidency
        settings.retention =
            configuration.context.retention ?? (configuration.usesDemonstrations ? .kept : .lost)
        settings.weights = configuration.weights
        settings.refusesHopeless = true
        settings.deathLimit = 8
        settings.prefetchSeconds = configuration.memory.prefetchSeconds
        settings.energyBudget = configuration.energy.budgetJoules
        settings.energyWindowSeconds = configuration.energy.windowSeconds
        settings.recordsDecisions = true
        return settings
    }

    /// A model as its files now are, and its variants with it: they share its engine.
    private func read(_ model: ModelConfiguration) throws(DeploymentError) -> ModelSource.Reading {
        let files = files(of: model)
        // Before they are read: what changes meanwhile is seen the next time.
        let stamps = files.map { FileStamp(file: $0.path) }
        var served = try completed(model, placed(model))
        served.stamps = stamps
        var reading = ModelSource.Reading(model: served)
        for variant in try variants(of: model, served) {
            let model = try completed(configuration.models[variant.id.index], variant.model)
            reading.variants.append(.init(id: variant.id, model: model))
        }
        guard !files.isEmpty else { return reading }
        reading.model.source = ModelSource(files: files) { [self, served] in reread(model, served) }
        return reading
    }

    /// The settings have been found good before; what is wrong now, only files can be.
    private func reread(_ model: ModelConfiguration, _ known: ServedModel) -> ModelSource.Reading {
        do throws(DeploymentError) { return try read(model) } catch {
            var broken = known
            broken.problem = error.description
            return ModelSource.Reading(model: broken)
        }
    }

    private func files(of model: ModelConfiguration) -> [ModelSource.File] {
        switch model.engine {
        case .llamaServer(let llama): files(of: model, llama)
        case .command(let command): ProgramSearch(command, model, configuration, folders, environment).files
        case .remote, .adapter: []
        }
    }

    private func completed(_ model: ModelConfiguration, _ placed: ServedModel) throws(DeploymentError) -> ServedModel {
        var served = placed
        served.clouds = try clouds(of: model)
        declareCosts(of: model, &served)
        return served
    }

    func ownSpec(of model: ModelConfiguration) -> ModelSpec {
        ModelSpec(
            name: model.name, kind: model.kind, parallel: model.parallel, isPinned: model.isPinned,
            idleTTLSeconds: model.idleTTLSeconds, accuracy: accuracy(of: model))
    }

    private func placed(_ model: ModelConfiguration) throws(DeploymentError) -> ServedModel {
        var spec = ownSpec(of: model)
        switch model.engine {
        case .adapter(let adapter): throw DeploymentError("base \"\(adapter.base)\" is not configured")
        case .remote:
            spec.placement = .cloud
            var served = ServedModel(spec: spec, aliases: model.aliases)
            declareAbilities(of: model, &served)
            return served
        case .command(let command):
            spec.residentBytes = Bytes(model.memoryBytes ?? 0)
            let engine = engine(
                model, .command(command.command), health: command.healthPath, workingFolder: command.workingFolder)
            var served = local(model, spec, engine, arithmetic: "declared")
            served.abilities.pictures =
                switch model.kind {
                case .language: .none
                case .vision: .required
                case .multimodal: .accepted
                }
            declareAbilities(of: model, &served)
            served.problem = ProgramSearch(command, model, configuration, folders, environment).problem
            return isolated(served)
        case .llamaServer(let llama): return try llamaServer(model, spec, llama)
        }
    }

    /// Whether prompts of several tenants come to the same engines.
    var isShared: Bool { configuration.tenants.count > 1 }

    /// A model without slots that Ember gives to requests: where there are several tenants, its engine begins where no earlier prompt
    /// was the same. What the model's own `env` says counts more.
    func isolated(_ model: ServedModel) -> ServedModel {
        guard isShared else { return model }
        var model = model
        model.forbidsReuse = true
        model.engine?.environment.merge(TenantIsolation.withoutReuse) { own, _ in own }
        return model
    }

    func local(
        _ model: ModelConfiguration, _ spec: ModelSpec, _ engine: EngineSpec, arithmetic: String
    ) -> ServedModel {
        var served = ServedModel(
            spec: spec, aliases: model.aliases, engine: engine, isPreloaded: model.isPreloaded,
            footprintArithmetic: arithmetic,
            footprintKey: FootprintKeeper.key(
                of: model, adapters: adapters(of: model.name).map(\.path), device: configuration.memory.device))
        served.spec.learnt = footprints.learnt(served.footprintKey)
        if let learnt = served.spec.learnt {
            served.footprintArithmetic +=
                "; measured in an earlier run: \(learnt.resting.megabytes) at rest, \(learnt.peak.megabytes) more with each "
                + "request"
        }
        return served
    }

    func engine(
        _ model: ModelConfiguration, _ launch: EngineSpec.Launch, health: String = "/health",
        workingFolder: String? = nil
    ) -> EngineSpec {
        EngineSpec(
            name: model.name, launch: launch, healthPath: health, startTimeoutSeconds: model.startTimeoutSeconds,
            stopGraceSeconds: model.stopTimeoutSeconds, environment: model.environment,
            workingDirectory: workingFolder)
    }

    /// The operator's word goes before what is known of the engine.
    func declareAbilities(of model: ModelConfiguration, _ served: inout ServedModel) {
        if !model.serves.isEmpty { served.abilities.kinds = Set(model.serves) }
    }

    /// Where the model's requests may be sent, in the order of the configuration.
    private func clouds(of model: ModelConfiguration) throws(DeploymentError) -> [CloudTarget] {
        var offloads = [model.cloud].compactMap { $0 }
        if case .remote(let remote) = model.engine {
            offloads = [CloudOffload(upstream: remote.upstream, model: remote.model)]
        }
        var targets: [CloudTarget] = []
        for offload in offloads + model.fallbacks { targets.append(try target(of: offload)) }
        return targets
    }

    private func target(of offload: CloudOffload) throws(DeploymentError) -> CloudTarget {
        guard let upstream = configuration.upstreams.first(where: { $0.name == offload.upstream }) else {
            throw DeploymentError("upstream \"\(offload.upstream)\" is not configured")
        }
        let engine = RemoteEngine(
            name: upstream.name, baseURL: upstream.url, key: upstream.key, timeoutSeconds: upstream.timeoutSeconds,
            way: try way(to: upstream))
        return CloudTarget(
            upstream: engine, model: offload.model, prices: prices(upstream.prices),
            hedgeSeconds: upstream.hedgeSeconds)
    }

    private func way(to upstream: UpstreamConfiguration) throws(DeploymentError) -> NetworkWay {
        do throws(NetworkProblem) {
            return try upstream.way(by: NetworkEnvironment(environment))
        } catch {
            throw DeploymentError("upstreams.\(upstream.name): \(error)")
        }
    }

    private func prices(_ prices: PriceConfiguration) -> TokenPrices? {
        guard prices.input != nil || prices.output != nil else { return nil }
        return TokenPrices(
            input: prices.input ?? 0, output: prices.output ?? 0, maxTokens: prices.maxTokens,
            maxInputTokens: prices.maxInputTokens)
    }

    /// What may be spent in the cloud, and by whom nothing may be sent there.
    public func cloudBudgets() -> CloudBudgets {
        var budgets = CloudBudgets()
        budgets.order = configuration.upstreamOrder
        budgets.limit(nil, day: configuration.budget.day, month: configuration.budget.month)
        for service in configuration.services {
            budgets.limit(service.name, day: service.budget.day, month: service.budget.month)
            if service.isLocalOnly { budgets.keepLocal(service.name) }
        }
        return budgets
    }

    private func budget() throws(DeploymentError) -> Bytes {
        do throws(MemoryBudgetError) {
            return Bytes(try configuration.memory.budget.budgetBytes(on: configuration.memory.device))
        } catch {
            throw DeploymentError("memory.budget: \(error)")
        }
    }

    func accuracy(of model: ModelConfiguration) -> AccuracyModel {
        switch model.accuracy?.curve {
        case .table(let points): .measured(points)
        case .bounded(let zeroShot, let gain, let alpha): .boundedLog(zeroShot: zeroShot, gain: gain, alpha: alpha)
        case nil: .constant(1)
        }
    }
}

/// What keeps a checked configuration from being served, one line per model.
public struct DeploymentError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
