import EmberConfig
import EmberCore
import EmberEngine
import EmberModels
import Foundation

// Models that llama-server runs, and their variants.
extension DeploymentBuilder {
    func llamaServer(
        _ model: ModelConfiguration, _ own: ModelSpec, _ llama: LlamaServerSettings
    ) throws(DeploymentError) -> ServedModel {
        if let problem = settingsProblem(of: model, llama) { throw DeploymentError(problem) }
        let hasSlots =
            configuration.mindsSlots && !llama.givesEmbeddings
            && !(isShared && TenantIsolation.runsAnywhere(llama.arguments))
        let search = serverSearch
        let examination = Examination(of: llama, adapters: adapters(of: model.name).map(\.path))
        let options = LlamaServerOptions(
            program: search.find() ?? "llama-server", modelPath: llama.path, mmproj: llama.projectorPath,
            contextTokens: llama.contextTokens, parallel: model.parallel, gpuLayers: llama.gpuLayers,
            promptCacheBytes: llama.promptCacheBytes, embeddings: llama.givesEmbeddings,
            slotFolder: hasSlots ? configuration.context.slotFolder(in: folders) : nil,
            adapters: examination.goodAdapters, extraArguments: llama.arguments)
        let figure = bytes(of: model, options, examination)
        var spec = own
        spec.windowTokens = llama.contextTokens
        spec.residentBytes = figure.bytes + examination.adapterBytes
        var served = local(model, spec, engine(model, .llamaServer(options)), arithmetic: figure.arithmetic)
        let variables = Array(environment.keys) + Array(model.environment.keys)
        served.abilities = ModelAbilities(
            options, examination.header, projector: examination.projector, variables: variables)
        declareAbilities(of: model, &served)
        served.problem = problem(of: model, examination, search)
        if hasSlots { served.slots = SlotLayout(options, isShared: isShared) }
        if !adapters(of: model.name).isEmpty { served.adapter = AdapterUse.none }
        return hasSlots ? served : isolated(served)
    }

    /// What of its settings cannot be.
    private func settingsProblem(of model: ModelConfiguration, _ llama: LlamaServerSettings) -> String? {
        if isShared, llama.promptCacheBytes > 0 {
            return
                "prompt_cache would show one tenant what another has asked; remove it, or give all keys one tenant"
        }
        if llama.promptCacheBytes > 0, !adapters(of: model.name).isEmpty {
            return "prompt_cache would answer one variant (lora) with what another has computed; remove one of them"
        }
        if isShared, let problem = TenantIsolation.problem(in: llama.arguments) { return problem }
        if let adapter = adapters(of: model.name).first(where: { $0.path.contains(",") }) {
            return "the adapter \(adapter.path) has a comma in its path, which llama-server splits: rename it"
        }
        let flags = LlamaServerFlags(llama.arguments, variables: flagVariables(of: model))
        return flags.problem(isMemoryDeclared: model.memoryBytes != nil)
    }

    /// Variables that llama-server takes flags from; Ember's own secrets are not passed on.
    private func flagVariables(of model: ModelConfiguration) -> [String: String] {
        environment.filter { $0.key.hasPrefix("LLAMA_ARG_") }.merging(model.environment) { _, own in own }
    }

    /// Why it cannot be loaded as its files now are.
    private func problem(
        of model: ModelConfiguration, _ examination: Examination, _ search: LlamaServerSearch
    ) -> String? {
        var problems: [String] = []
        if let error = examination.error, !(error.isForeign && model.memoryBytes != nil) {
            let fix = ". If your llama-server knows it, declare memory: (what it takes) to have it tried"
            problems.append("\(error)" + (error.isForeign ? fix : ""))
        }
        if search.find() == nil {
            problems.append(
                "no llama-server: looked at \(search.places.joined(separator: ", ")); run 'make setup', or set llama_server or "
                    + "EMBER_LLAMA_SERVER to its path")
        }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    private func bytes(
        of model: ModelConfiguration, _ options: LlamaServerOptions, _ examination: Examination
    ) -> (bytes: Bytes, arithmetic: String) {
        if let declared = model.memoryBytes { return (Bytes(declared), "declared") }
        guard let header = examination.header else { return (.zero, "not known") }
        let settings = LoadSettings(options, variables: flagVariables(of: model))
        let estimate = MemoryEstimate(header, settings, projector: examination.projector)
        let bytes = configuration.memory.device == .gpu ? estimate.gpuBytes : estimate.hostBytes
        return (Bytes(bytes), estimate.description)
    }

    private var serverSearch: LlamaServerSearch {
        LlamaServerSearch(configured: configuration.llamaServer, environment: environment, cache: folders.cache)
    }

    func files(of model: ModelConfiguration, _ llama: LlamaServerSettings) -> [ModelSource.File] {
        let options = LlamaServerOptions(program: "", modelPath: llama.path, mmproj: llama.projectorPath)
        let others = adapters(of: model.name).map(\.path) + serverSearch.places
        return options.weightFiles.map { .init(path: $0, isMapped: true) } + others.map { .init(path: $0) }
    }

    // MARK: Variants

    /// The base's engine, weights and slots, with an adapter that each of a variant's requests asks for.
    func variants(
        of base: ModelConfiguration, _ served: ServedModel
    ) throws(DeploymentError) -> [ModelSource.Variant] {
        configuration.models.enumerated().compactMap { index, model in
            guard case .adapter(let adapter) = model.engine, adapter.base == base.name,
                let host = configuration.models.firstIndex(where: { $0.name == base.name })
            else { return nil }
            var variant = served
            variant.spec = ownSpec(of: model)
            variant.spec.base = ModelID(host)
            variant.spec.windowTokens = served.spec.windowTokens
            variant.spec.parallel = served.spec.parallel
            variant.aliases = model.aliases
            variant.isPreloaded = false
            variant.adapter = AdapterUse(path: adapter.path, scale: adapter.scale)
            variant.footprintArithmetic = "counted with \(base.name)"
            variant.footprintKey = nil
            variant.stamps = []
            variant.problem = Examination.problem(ofAdapter: adapter.path, base: served)
            return ModelSource.Variant(id: ModelID(index), model: variant)
        }
    }

    /// The adapters of a model's variants; each once.
    func adapters(of base: String) -> [AdapterSettings] {
        var paths: Set<String> = []
        return configuration.models.compactMap { model in
            guard case .adapter(let adapter) = model.engine, adapter.base == base, paths.insert(adapter.path).inserted
            else { return nil }
            return adapter
        }
    }
}
