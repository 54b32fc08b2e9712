public import EmberConfig
public import EmberCore
import EmberEngine
import Foundation

/// Turns a checked configuration into what Ember serves: engines found, footprints estimated, budget worked out.
public struct DeploymentBuilder {
    private let configuration: Configuration
    private let folders: ConfigurationFolders
    private let environment: [String: String]
    private let footprints: FootprintKeeper

    public init(
        _ configuration: Configuration, folders: ConfigurationFolders, environment: [String: String],
        footprints: FootprintKeeper
    ) {
        self.configuration = configuration
        self.folders = folders
        self.environment = environment
        self.footprints = footprints
    }

    /// - Throws: `DeploymentError` for what a configuration check cannot see: missing files, engines, devices.
    public func build() throws(DeploymentError) -> Deployment {
        var models: [ServedModel] = []
        var problems: [String] = []
        for model in configuration.models {
            do throws(DeploymentError) {
                models.append(try served(model))
            } catch {
                problems.append("models.\(model.name): \(error.description)")
            }
        }
        if let problem = embeddingProblem() { problems.append(problem) }
        guard problems.isEmpty else { throw DeploymentError(problems.joined(separator: "\n")) }
        return Deployment(
            models: models, services: configuration.services.map(spec), contexts: configuration.services.map(context),
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

    private func served(_ model: ModelConfiguration) throws(DeploymentError) -> ServedModel {
        var served = try placed(model)
        served.clouds = try clouds(of: model)
        declareCosts(of: model, &served)
        return served
    }

    private func placed(_ model: ModelConfiguration) throws(DeploymentError) -> ServedModel {
        var spec = ModelSpec(
            name: model.name, kind: model.kind, parallel: model.parallel, isPinned: model.isPinned,
            idleTTLSeconds: model.idleTTLSeconds, accuracy: accuracy(of: model))
        switch model.engine {
        case .remote:
            spec.placement = .cloud
            var served = ServedModel(spec: spec, aliases: model.aliases)
            declareAbilities(of: model, &served)
            return served
        case .adapter(let adapter): return try variant(model, spec, adapter)
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
            return isolated(served)
        case .llamaServer(let llama):
            if isShared, llama.promptCacheBytes > 0 {
                throw DeploymentError(
                    "prompt_cache would show one tenant what another has asked; remove it, or give all keys one tenant")
            }
            if llama.promptCacheBytes > 0, !adapters(of: model.name).isEmpty {
                throw DeploymentError(
                    "prompt_cache would answer one variant (lora) with what another has computed; remove one of them")
            }
            if isShared, let problem = TenantIsolation.problem(in: llama.arguments) { throw DeploymentError(problem) }
            let hasSlots =
                configuration.mindsSlots && !llama.givesEmbeddings
                && !(isShared && TenantIsolation.runsAnywhere(llama.arguments))
            spec.windowTokens = llama.contextTokens
            let options = LlamaServerOptions(
                program: try llamaServer(), modelPath: llama.path, mmproj: llama.projectorPath,
                contextTokens: llama.contextTokens, parallel: model.parallel, gpuLayers: llama.gpuLayers,
                promptCacheBytes: llama.promptCacheBytes, embeddings: llama.givesEmbeddings,
                slotFolder: hasSlots ? configuration.context.slotFolder(in: folders) : nil,
                adapters: adapters(of: model.name).map(\.path), extraArguments: llama.arguments)
            let (estimate, abilities) = try examine(options, variables: model.environment)
            spec.residentBytes = Bytes(
                model.memoryBytes ?? (configuration.memory.device == .gpu ? estimate.gpuBytes : estimate.hostBytes))
            spec.residentBytes += try adapterBytes(of: model)
            let arithmetic = model.memoryBytes == nil ? estimate.description : "declared"
            var served = local(model, spec, engine(model, .llamaServer(options)), arithmetic: arithmetic)
            served.abilities = abilities
            declareAbilities(of: model, &served)
            if hasSlots { served.slots = SlotLayout(options, isShared: isShared) }
            if !options.adapters.isEmpty { served.adapter = AdapterUse.none }
            return hasSlots ? served : isolated(served)
        }
    }

    /// Whether prompts of several tenants come to the same engines.
    private var isShared: Bool { configuration.tenants.count > 1 }

    /// A model without slots that Ember gives to requests: where there are several tenants, its engine begins where no earlier prompt
    /// was the same. What the model's own `env` says counts more.
    private func isolated(_ model: ServedModel) -> ServedModel {
        guard isShared else { return model }
        var model = model
        model.forbidsReuse = true
        model.engine?.environment.merge(TenantIsolation.withoutReuse) { own, _ in own }
        return model
    }

    /// The base's engine, weights and slots, with an adapter that each of its requests asks for.
    private func variant(
        _ model: ModelConfiguration, _ own: ModelSpec, _ adapter: AdapterSettings
    ) throws(DeploymentError) -> ServedModel {
        guard let index = configuration.models.firstIndex(where: { $0.name == adapter.base }),
            let place = adapters(of: adapter.base).firstIndex(of: adapter)
        else { throw DeploymentError("base \"\(adapter.base)\" is not configured") }
        let base = try placed(configuration.models[index])
        var (spec, served) = (own, base)
        spec.base = ModelID(index)
        spec.windowTokens = base.spec.windowTokens
        spec.parallel = base.spec.parallel
        served.spec = spec
        served.aliases = model.aliases
        served.isPreloaded = false
        served.adapter = AdapterUse(place: place, scale: adapter.scale)
        served.footprintArithmetic = "counted with \(adapter.base)"
        served.footprintKey = nil
        return served
    }

    /// The adapters that a model's engine is started with, in the order by which requests name them; each once.
    private func adapters(of base: String) -> [AdapterSettings] {
        configuration.models.compactMap { model in
            guard case .adapter(let adapter) = model.engine, adapter.base == base else { return nil }
            return adapter
        }
    }

    private func adapterBytes(of model: ModelConfiguration) throws(DeploymentError) -> Bytes {
        var bytes = 0
        for adapter in adapters(of: model.name) {
            guard let size = try? FileManager.default.attributesOfItem(atPath: adapter.path)[.size] as? Int else {
                throw DeploymentError("the adapter \(adapter.path) cannot be read: check its path and permissions")
            }
            if adapter.path.contains(",") {
                throw DeploymentError(
                    "the adapter \(adapter.path) has a comma in its path, which llama-server splits: rename it")
            }
            bytes += size
        }
        return Bytes(bytes)
    }

    private func local(
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

    private func engine(
        _ model: ModelConfiguration, _ launch: EngineSpec.Launch, health: String = "/health",
        workingFolder: String? = nil
    ) -> EngineSpec {
        EngineSpec(
            name: model.name, launch: launch, healthPath: health, startTimeoutSeconds: model.startTimeoutSeconds,
            stopGraceSeconds: model.stopTimeoutSeconds, environment: model.environment,
            workingDirectory: workingFolder)
    }

    /// What the files' headers tell: how much memory the engine will take, and what it can serve.
    private func examine(
        _ options: LlamaServerOptions, variables: [String: String]
    ) throws(DeploymentError) -> (MemoryEstimate, ModelAbilities) {
        let names = Array(environment.keys) + Array(variables.keys)
        do throws(GGUFError) {
            let header = try GGUFHeader.read(file: options.modelPath)
            var projector: GGUFHeader?
            if let path = options.mmproj { projector = try GGUFHeader.read(file: path) }
            return (
                MemoryEstimate(header, LoadSettings(options), projector: projector),
                ModelAbilities(options, header, projector: projector, variables: names)
            )
        } catch {
            throw DeploymentError("\(error)")
        }
    }

    /// The operator's word goes before what is known of the engine.
    private func declareAbilities(of model: ModelConfiguration, _ served: inout ServedModel) {
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

    private func llamaServer() throws(DeploymentError) -> String {
        let search = LlamaServerSearch(
            configured: configuration.llamaServer, environment: environment, cache: folders.cache)
        guard let program = search.find() else {
            throw DeploymentError(
                "no llama-server: looked at \(search.places.joined(separator: ", ")); run 'make setup', or set "
                    + "llama_server or EMBER_LLAMA_SERVER to its path")
        }
        return program
    }

    private func budget() throws(DeploymentError) -> Bytes {
        do throws(MemoryBudgetError) {
            return Bytes(try configuration.memory.budget.budgetBytes(on: configuration.memory.device))
        } catch {
            throw DeploymentError("memory.budget: \(error)")
        }
    }

    /// What the operator has declared; of what nobody has, what may be expected until it has been measured.
    private func declareCosts(of model: ModelConfiguration, _ served: inout ServedModel) {
        let (declared, weights, bytes) = (model.costs, configuration.weights, served.spec.residentBytes)
        var (rates, measured) = (CostRates(), MeasuredTerms())
        func take<Value>(_ value: Value?, _ term: MeasuredTerms, expected: @autoclosure () -> Value) -> Value {
            if value == nil { measured.insert(term) }
            return value ?? expected()
        }
        rates.load = take(declared.load.map { .constant($0) }, .load, expected: weights.expectedLoad(of: bytes))
        served.spec.typicalTokens = Expected.tokens
        rates.inferencePerToken = take(
            declared.token, .inference,
            expected: weights.waitingSecond * Expected.secondsPerToken(bytes, on: configuration.memory.device))
        let price = served.clouds.first?.prices?.price(input: Expected.tokens, output: Expected.tokens) ?? 0
        rates.cloudPerRequest = take(
            declared.cloud, served.clouds.isEmpty ? .absence : .cloud,
            expected: weights.cloud(seconds: Expected.cloudSeconds, bill: price))
        rates.transmissionPerRequest = declared.transmission ?? 0
        rates.wrongAnswer = model.accuracy?.weight ?? 0
        rates.joulesPerToken = take(declared.joules, .energy, expected: 0)
        rates.perJoule = configuration.energy.price
        served.spec.costs = rates
        served.spec.measured = measured
        served.spec.takeCostOfAbsence()
    }

    /// What requests are taken to be like before any has been seen.
    private enum Expected {
        static let tokens = 64
        static let cloudSeconds = 1.0

        /// Decoding reads all weights for each token, here as fast as good memory of its kind: rather too much is hoped for than
        /// too little, since what an edge takes that nobody is sent to is not found out.
        static func secondsPerToken(_ bytes: Bytes, on device: MemoryDevice) -> Double {
            0.002 + Double(bytes.count) / (device == .gpu ? 500e9 : 50e9)
        }
    }

    private func accuracy(of model: ModelConfiguration) -> AccuracyModel {
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
