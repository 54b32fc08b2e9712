import EmberConfig
import EmberCore
import EmberEngine
import EmberModels
import EmberSystem

/// Models that llama-server runs.
struct LlamaServerBuilder: Sendable {
    let edge: EdgeModelBuilder
    let folders: ConfigurationFolders
    let environment: [String: String]
    let files: any FileSystem
    /// For all models together, on the largest device; nil: it is not known.
    let memoryBudget: Bytes?

    private var configuration: Configuration { edge.configuration }

    func served(
        _ model: ModelConfiguration, _ llama: LlamaServerSettings
    ) throws(DeploymentError) -> ServedModel {
        if let problem = settingsProblem(of: model, llama) { throw DeploymentError(problem) }
        let adapters = edge.adapters(of: model.name).map(\.path)
        let (program, examination) = (serverSearch.find(), Examination(of: llama, adapters: adapters))
        var options = LlamaServerOptions(
            program: program ?? "llama-server", modelPath: llama.path, mmproj: llama.projectorPath,
            contextTokens: llama.contextTokens, poolTokens: llama.poolTokens, parallel: model.parallel,
            gpuLayers: llama.gpuLayers, promptCacheBytes: llama.promptCacheBytes, embeddings: llama.givesEmbeddings,
            adapters: examination.goodAdapters, extraArguments: llama.arguments)
        let hasSlots = !options.keepsNothing
        if hasSlots { options.slotFolder = configuration.context.slotFolder(in: folders) }
        size(&options, of: model, examination)
        let settings = LoadSettings(options, variables: flagVariables(of: model))
        let figure = bytes(of: model, settings, examination)
        var spec = ModelSpec(model)
        spec.windowTokens = settings.requestWindow
        spec.poolTokens = settings.tightPool
        spec.residentBytes = figure.bytes + examination.adapterBytes
        var served = edge.served(
            model, spec, edge.engine(model, .llamaServer(options)), arithmetic: figure.arithmetic)
        let variables = environment.keys.sorted() + model.process.environment.keys.sorted()
        served.abilities = ModelAbilities(
            options, examination.header, projector: examination.projector, variables: variables)
        served.abilities.vectors?.canBeCut = llama.isMatryoshka
        served.declareAbilities(model)
        served.abilities.pool = spec.poolTokens.map {
            PoolTerms(
                poolTokens: $0, windowTokens: settings.requestWindow, parallel: settings.parallelSlots,
                answerTokens: configuration.context.answerTokens)
        }
        served.problem = problem(of: model, examination, hasProgram: program != nil)
        if hasSlots {
            served.abilities.slots = settings.parallelSlots
            served.slots = SlotLayout(
                options, settings, examination.header, variables: flagVariables(of: model), isShared: edge.isShared)
        }
        if !adapters.isEmpty { served.edits.adapter = AdapterUse.none }
        return hasSlots ? served : edge.isolated(served)
    }

    /// Gives the engine's context its size. Inputs that leave nothing behind are no longer than what the model was
    /// trained for.
    private func size(_ options: inout LlamaServerOptions, of model: ModelConfiguration, _ examination: Examination) {
        if options.keepsNothing {
            options.contextTokens = min(options.contextTokens, examination.header?.contextLength ?? .max)
        } else if options.poolTokens == nil, model.memoryBytes == nil, let header = examination.header {
            var settings = LoadSettings(options, variables: flagVariables(of: model))
            options.poolTokens = PoolSize.tokens(
                window: options.contextTokens, parallel: options.parallel, budget: memoryBudget
            ) { tokens in
                settings.contextTokens = tokens
                return deviceBytes(MemoryEstimate(header, settings, projector: examination.projector))
            }
        }
    }

    /// What a change makes another model of.
    func files(of model: ModelConfiguration, _ llama: LlamaServerSettings) -> [ModelSource.File] {
        let options = LlamaServerOptions(program: "", modelPath: llama.path, mmproj: llama.projectorPath)
        let others = edge.adapters(of: model.name).map(\.path) + serverSearch.places
        return options.weightFiles.map { .init(path: $0, isMapped: true) } + others.map { .init(path: $0) }
    }

    /// What of its settings cannot be.
    private func settingsProblem(of model: ModelConfiguration, _ llama: LlamaServerSettings) -> String? {
        let adapters = edge.adapters(of: model.name)
        if edge.isShared, llama.promptCacheBytes > 0 {
            return
                "prompt_cache would show one tenant what another has asked; remove it, or give all keys one tenant"
        }
        if llama.promptCacheBytes > 0, !adapters.isEmpty {
            return "prompt_cache would answer one variant (lora) with what another has computed; remove one of them"
        }
        if edge.isShared, let problem = TenantIsolation.problem(in: llama.arguments) { return problem }
        if let adapter = adapters.first(where: { $0.path.contains(",") }) {
            return "the adapter \(adapter.path) has a comma in its path, which llama-server splits: rename it"
        }
        let flags = LlamaServerFlags(llama.arguments, variables: flagVariables(of: model))
        return flags.problem(isMemoryDeclared: model.memoryBytes != nil)
    }

    /// Variables that llama-server takes flags from; Ember's own secrets are not passed on.
    private func flagVariables(of model: ModelConfiguration) -> [String: String] {
        environment.filter { $0.key.hasPrefix("LLAMA_ARG_") }.merging(model.process.environment) { _, own in own }
    }

    /// Why it cannot be loaded as its files now are.
    private func problem(
        of model: ModelConfiguration, _ examination: Examination, hasProgram: Bool
    ) -> String? {
        var problems: [String] = []
        if let error = examination.error, !(error.isForeign && model.memoryBytes != nil) {
            let fix = ". If your llama-server knows it, declare memory: (what it takes) to have it tried"
            problems.append("\(error)" + (error.isForeign ? fix : ""))
        }
        if !hasProgram {
            problems.append(
                "no llama-server: looked at \(serverSearch.places.joined(separator: ", ")); run 'make setup', or set "
                    + "llama_server or EMBER_LLAMA_SERVER to its path")
        }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    private func bytes(
        of model: ModelConfiguration, _ settings: LoadSettings, _ examination: Examination
    ) -> (bytes: Bytes, arithmetic: String) {
        if let declared = model.memoryBytes { return (Bytes(declared), FootprintBasis.declared(Bytes(declared))) }
        guard let header = examination.header else { return (.zero, "not known") }
        let estimate = MemoryEstimate(header, settings, projector: examination.projector)
        return (deviceBytes(estimate), estimate.description)
    }

    private func deviceBytes(_ estimate: MemoryEstimate) -> Bytes {
        Bytes(configuration.planning.memory.device == .gpu ? estimate.gpuBytes : estimate.hostBytes)
    }

    private var serverSearch: LlamaServerSearch {
        LlamaServerSearch(
            configured: configuration.files.llamaServer, environment: environment, cache: folders.cache, files: files)
    }
}

extension LoadSettings {
    /// The pool, where requests can overfill it; nil: all that may run at once always fit.
    fileprivate var tightPool: Int? {
        poolTokens.flatMap { $0 < Clamped.product(requestWindow, parallelSlots) ? $0 : nil }
    }
}
