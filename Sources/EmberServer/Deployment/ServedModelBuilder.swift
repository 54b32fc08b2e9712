import EmberConfig
import EmberCore
import EmberSystem

/// A configured model as it is served: with its engine, its upstreams, its costs, and the variants that share its
/// engine.
struct ServedModelBuilder: Sendable {
    let edge: EdgeModelBuilder
    let llamaServer: LlamaServerBuilder
    let command: CommandBuilder
    let upstreams: UpstreamBuilder
    let costs: CostBuilder
    let places: ModelPlaces

    private var models: [ModelConfiguration] { edge.configuration.models }

    /// A model as its files now are, and its variants with it: they share its engine.
    func read(_ model: ModelConfiguration) throws(DeploymentError) -> ModelSource.Reading {
        let files = files(of: model)
        // Before they are read: what changes meanwhile is seen the next time.
        let stamps = files.map { FileStamp(file: $0.path) }
        var served = try completed(model, placed(model))
        served.origin.stamps = stamps
        var reading = ModelSource.Reading(model: served)
        for (configured, variant) in variants(of: model, served) {
            reading.variants.append(.init(id: places[configured.name], model: try completed(configured, variant)))
        }
        guard !files.isEmpty else { return reading }
        reading.model.origin.source = ModelSource(files: files) { [self, served] in reread(model, served) }
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
        case .llamaServer(let llama): llamaServer.files(of: model, llama)
        case .command(let settings): command.files(of: model, settings)
        case .remote, .adapter: []
        }
    }

    private func placed(_ model: ModelConfiguration) throws(DeploymentError) -> ServedModel {
        switch model.engine {
        case .adapter(let adapter): throw DeploymentError("base \"\(adapter.base)\" is not configured")
        case .remote:
            var spec = ModelSpec(model)
            spec.placement = .cloud
            var served = ServedModel(spec: spec, aliases: model.aliases)
            served.declareAbilities(model)
            return served
        case .command(let settings): return command.served(model, settings)
        case .llamaServer(let llama): return try llamaServer.served(model, llama)
        }
    }

    private func completed(
        _ model: ModelConfiguration, _ placed: ServedModel
    ) throws(DeploymentError) -> ServedModel {
        var served = placed
        served.clouds = try upstreams.targets(of: model)
        costs.declare(model, in: &served)
        return served
    }

    /// The base's engine, weights and slots, with an adapter that each of a variant's requests asks for.
    private func variants(
        of base: ModelConfiguration, _ served: ServedModel
    ) -> [(ModelConfiguration, ServedModel)] {
        models.compactMap { model in
            guard case .adapter(let adapter) = model.engine, adapter.base == base.name else { return nil }
            var variant = served
            variant.spec = ModelSpec(model)
            variant.spec.base = places[base.name]
            variant.spec.windowTokens = served.spec.windowTokens
            variant.spec.parallel = served.spec.parallel
            variant.aliases = model.aliases
            variant.isPreloaded = false
            variant.edits.adapter = AdapterUse(path: adapter.path, scale: adapter.scale)
            variant.footprint.arithmetic = "counted with \(base.name)"
            variant.footprint.key = nil
            variant.origin = ModelOrigin()
            variant.problem = Examination.problem(ofAdapter: adapter.path, base: served)
            return (model, variant)
        }
    }
}
