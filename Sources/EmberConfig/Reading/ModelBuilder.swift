import EmberCore
import EmberDocument

/// Makes a model of what was read of it and of `defaults`.
struct ModelBuilder {
    let defaults: ModelDraft
    let upstreams: [String]
    /// Of all models.
    let names: [String]
    let paths: PathResolver
    var reading: Reading

    private static let defaultsPath = SettingPath.root.appending("defaults")
    private static let engineKeys = Set(EngineKind.allCases.map(\.key))

    /// The model, or nil when it has no proper engine, which is reported.
    mutating func model(_ draft: ModelDraft) -> ModelConfiguration? {
        let path = SettingPath(components: ["models", draft.name])
        guard let kind = engineKind(at: path) else {
            reading.report(path, "has none of path, command, upstream and lora; write path: FILE.gguf for llama-server")
            return nil
        }
        reportKeysOfOtherEngines(kind, at: path)
        let model = inherited(draft, kind, at: path)
        checkResidency(model, at: path)
        checkGPUs(model, at: path)
        let offload = offload(kind, model, at: path)
        let accuracy = accuracy(model, at: path)
        guard let engine = engine(kind, model, at: path) else { return nil }
        return ModelConfiguration(
            name: model.name, kind: model.kind ?? Self.kind(of: engine), serves: model.serves,
            aliases: model.aliases, engine: engine, parallel: model.parallel, memoryBytes: model.memoryBytes,
            process: model.process, offload: offload, residency: model.residency, costs: model.costs,
            accuracy: accuracy)
    }

    private func stated(_ key: String, at path: SettingPath) -> Bool { reading.isStated(path.appending(key)) }

    /// The model's own choice counts; only a model without one takes that of `defaults`.
    private func engineKind(at path: SettingPath) -> EngineKind? {
        let own = EngineKind.allCases.first { stated($0.key, at: path) }
        return own ?? EngineKind.allCases.first { stated($0.key, at: Self.defaultsPath) }
    }

    /// The model with what it leaves out from `defaults`, as far as that makes sense for its engine.
    private func inherited(_ draft: ModelDraft, _ kind: EngineKind, at path: SettingPath) -> ModelDraft {
        var model = draft
        var skipped = Set(ModelTable.engineKeys.filter { !$0.engines.contains(kind) }.map(\.key))
        // A model that is pinned by its own word needs no idle time of the defaults.
        if draft.residency.isPinned { skipped.insert("idle_ttl") }
        let section = ModelTable.section
        section.inherit(&model, at: path, from: defaults, at: Self.defaultsPath, except: skipped, reading)
        return model
    }

    private mutating func reportKeysOfOtherEngines(_ kind: EngineKind, at path: SettingPath) {
        for (key, engines) in ModelTable.engineKeys where !engines.contains(kind) {
            guard stated(key, at: path), !Self.engineKeys.contains(key) else { continue }
            let fitting = engines.map(\.key).joined(separator: " or ")
            let message = "has no effect on a model with \(kind.key), only with \(fitting); remove it"
            reading.report(path.appending(key), message)
        }
    }

    private mutating func checkResidency(_ model: ModelDraft, at path: SettingPath) {
        guard model.residency.isPinned, model.residency.idleTTLSeconds != nil else { return }
        let origin = stated("pin", at: path) ? "" : " by defaults"
        reading.report(
            path.appending("idle_ttl"),
            "contradicts pin: true\(origin), which keeps the model loaded; remove idle_ttl or write pin: false"
        )
    }

    private mutating func checkGPUs(_ model: ModelDraft, at path: SettingPath) {
        let (gpus, split) = (model.residency.gpus, model.residency.gpuSplit)
        if let twice = gpus.first(where: { gpu in gpus.count { $0 == gpu } > 1 }) {
            reading.report(place(of: ["gpus"], at: path), "names GPU \(twice) twice; write each once")
        }
        if !gpus.isEmpty, !split.isEmpty, split.count != gpus.count {
            reading.report(
                place(of: ["gpu_split"], at: path),
                "has \(split.count) shares for \(gpus.count) GPUs; write one for each that gpus names")
        }
    }

    private mutating func engine(_ kind: EngineKind, _ model: ModelDraft, at path: SettingPath) -> ModelEngine? {
        switch kind {
        case .llamaServer: llamaServer(model, at: path).map { .llamaServer($0) }
        case .command: command(model, at: path).map { .command($0) }
        case .remote: remote(model, at: path).map { .remote($0) }
        case .adapter: adapter(model, at: path).map { .adapter($0) }
        }
    }

    private mutating func llamaServer(_ model: ModelDraft, at path: SettingPath) -> LlamaServerSettings? {
        let draft = model.engine.llamaServer
        guard let file = draft.path else { return nil }
        let folder = paths.modelsFolder ?? paths.folders.defaultModels
        return LlamaServerSettings(
            path: paths.resolve(file, relativeTo: folder, at: path.appending("path"), &reading),
            projectorPath: draft.projector.map {
                paths.resolve($0, relativeTo: folder, at: path.appending("mmproj"), &reading)
            },
            contextTokens: draft.contextTokens, poolTokens: pool(of: draft, at: path), gpuLayers: draft.gpuLayers,
            promptCacheBytes: draft.promptCacheBytes, givesEmbeddings: draft.givesEmbeddings,
            isMatryoshka: draft.isMatryoshka, arguments: draft.arguments
        )
    }

    private mutating func pool(of draft: LlamaServerDraft, at path: SettingPath) -> Int? {
        guard let pool = draft.poolTokens else { return nil }
        if draft.givesEmbeddings {
            reading.report(
                path.appending("pool"), "has no meaning for embeddings, which keep no conversations; remove it")
        } else if pool < draft.contextTokens {
            reading.report(
                path.appending("pool"),
                "is \(pool) tokens, and one request may have \(draft.contextTokens) (context); "
                    + "write a larger pool or a smaller context")
        }
        return pool
    }

    private mutating func command(_ model: ModelDraft, at path: SettingPath) -> CommandSettings? {
        if model.memoryBytes == nil, !stated("memory", at: path), !stated("memory", at: Self.defaultsPath) {
            reading.report(path, "has a command but no memory; write how much it uses, such as memory: 300MiB")
        }
        let draft = model.engine.command
        guard let command = draft.command else { return nil }
        let texts = command + model.process.environment.values
        if !texts.contains(where: { $0.contains("${socket}") || $0.contains("${port}") }) {
            reading.report(
                path.appending("command"),
                "has neither ${socket} nor ${port}, so nothing can reach it; "
                    + "pass one, such as \"--socket\", \"${socket}\""
            )
        }
        let folder = paths.folders.configuration
        return CommandSettings(
            command: command,
            workingFolder: paths.resolve(
                draft.workingFolder ?? ".", relativeTo: folder, at: path.appending("workdir"), &reading
            ),
            healthPath: draft.healthPath
        )
    }

    private mutating func remote(_ model: ModelDraft, at path: SettingPath) -> RemoteSettings? {
        let draft = model.engine.remote
        guard let upstream = draft.upstream else { return nil }
        References.check(upstream, "upstream", among: upstreams, at: place(of: ["upstream"], at: path), &reading)
        return RemoteSettings(upstream: upstream, model: draft.model ?? model.name)
    }

    private mutating func adapter(_ model: ModelDraft, at path: SettingPath) -> AdapterSettings? {
        let draft = model.engine.adapter
        guard let file = draft.path else { return nil }
        guard let base = draft.base else {
            if !reading.isStated(place(of: ["base"], at: path)) {
                reading.report(path, "has lora but no base; write base: NAME of the model that it is for")
            }
            return nil
        }
        let place = place(of: ["base"], at: path)
        References.check(base, "model", among: names, at: place, &reading)
        if names.contains(base), engineKind(at: SettingPath(components: ["models", base])) != .llamaServer {
            reading.report(
                place, "\(reading.shown(base, at: place)) has no path: adapters are for models that llama-server runs")
        }
        let folder = paths.modelsFolder ?? paths.folders.defaultModels
        return AdapterSettings(
            path: paths.resolve(file, relativeTo: folder, at: path.appending("lora"), &reading), base: base,
            scale: draft.scale)
    }

    private mutating func offload(
        _ kind: EngineKind, _ model: ModelDraft, at path: SettingPath
    ) -> OffloadConfiguration {
        var offload = OffloadConfiguration()
        if kind != .remote { offload.cloud = cloud(model, at: path) }
        let first = kind == .remote ? remoteOffload(model) : offload.cloud
        offload.fallbacks = fallbacks(model, after: first, at: path)
        return offload
    }

    private mutating func cloud(_ model: ModelDraft, at path: SettingPath) -> CloudOffload? {
        model.offload.cloud.flatMap { cloud in
            let (section, key) = (place(of: ["cloud"], at: path), place(of: ["cloud", "upstream"], at: path))
            return offload(cloud, of: model, at: section, upstreamAt: key)
        }
    }

    private mutating func offload(
        _ draft: CloudDraft, of model: ModelDraft, at place: SettingPath, upstreamAt key: SettingPath
    ) -> CloudOffload? {
        guard let upstream = draft.upstream else {
            if !reading.isStated(place.appending("upstream")) {
                reading.report(place, "has no upstream; write upstream: NAME")
            }
            return nil
        }
        References.check(upstream, "upstream", among: upstreams, at: key, &reading)
        return CloudOffload(upstream: upstream, model: draft.model ?? model.name)
    }

    private func remoteOffload(_ model: ModelDraft) -> CloudOffload? {
        let draft = model.engine.remote
        return draft.upstream.map { CloudOffload(upstream: $0, model: draft.model ?? model.name) }
    }

    private mutating func fallbacks(
        _ model: ModelDraft, after first: CloudOffload?, at path: SettingPath
    ) -> [CloudOffload] {
        if !model.offload.fallbacks.isEmpty, first == nil {
            reading.report(
                place(of: ["fallbacks"], at: path), "has no effect without cloud; write cloud: {upstream: NAME}")
        }
        var taken = [first].compactMap { $0 }
        return model.offload.fallbacks.enumerated().compactMap { index, fallback in
            let place = place(of: ["fallbacks"], at: path).appending(index: index)
            let key = place.appending("upstream")
            guard let offload = offload(fallback, of: model, at: place, upstreamAt: key) else { return nil }
            if taken.contains(offload) {
                reading.report(key, "is asked for this model already; name another upstream")
            }
            taken.append(offload)
            return offload
        }
    }

    private mutating func accuracy(_ model: ModelDraft, at path: SettingPath) -> AccuracyDeclaration? {
        guard let draft = model.accuracy else { return nil }
        if let table = draft.table {
            let points = table.map { AccuracyPoint(examples: $0[0], accuracy: $0[1]) }
            return AccuracyDeclaration(curve: .table(points), weight: draft.weight)
        }
        guard let zeroShot = draft.zeroShot else {
            let place = place(of: ["accuracy"], at: path)
            if !["table", "zero_shot"].contains(where: { stated($0, at: place) }) {
                reading.report(place, "has neither table nor zero_shot; write zero_shot: 0.4 or a table")
            }
            return nil
        }
        let curve = AccuracyCurve.bounded(zeroShot: zeroShot, gain: draft.gain, alpha: draft.alpha)
        return AccuracyDeclaration(curve: curve, weight: draft.weight)
    }

    /// Where a key stands: in the model, or else in `defaults`.
    private func place(of keys: [String], at path: SettingPath) -> SettingPath {
        let own = SettingPath(components: path.components + keys)
        let other = SettingPath(components: Self.defaultsPath.components + keys)
        return !reading.isStated(own) && reading.isStated(other) ? other : own
    }

    private static func kind(of engine: ModelEngine) -> ModelKind {
        if case .llamaServer(let settings) = engine, settings.projectorPath != nil { return .multimodal }
        return .language
    }
}
