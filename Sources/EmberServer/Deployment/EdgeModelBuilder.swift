import EmberConfig
import EmberCore
import EmberEngine

/// What all models that run on this machine have in common, whatever program runs them.
struct EdgeModelBuilder: Sendable {
    let configuration: Configuration
    let footprints: FootprintKeeper

    init(_ configuration: Configuration, footprints: FootprintKeeper) {
        (self.configuration, self.footprints) = (configuration, footprints)
    }

    /// Whether prompts of several tenants come to the same engines.
    var isShared: Bool { configuration.access.tenants.count > 1 }

    /// A model with its engine, and with what earlier runs have measured of it.
    func served(
        _ model: ModelConfiguration, _ spec: ModelSpec, _ engine: EngineSpec, arithmetic: String
    ) -> ServedModel {
        var served = ServedModel(
            spec: spec, aliases: model.aliases, engine: engine, isPreloaded: model.residency.isPreloaded,
            footprint: FootprintBasis(
                arithmetic: arithmetic,
                key: FootprintKeeper.key(
                    of: model, engine.launch, adapters: adapters(of: model.name).map(\.path),
                    device: configuration.planning.memory.device)))
        served.spec.learnt = footprints.learnt(served.footprint.key)
        if footprints.gpus.count > 1 { served.spec.devices = DeviceRule(model) }
        if let learnt = served.spec.learnt {
            served.footprint.arithmetic +=
                "; measured in an earlier run: \(learnt.resting.megabytes) at rest, \(learnt.peak.megabytes) "
                + "more with each request"
        }
        return served
    }

    func engine(
        _ model: ModelConfiguration, _ launch: EngineSpec.Launch, health: String = "/health",
        workingFolder: String? = nil
    ) -> EngineSpec {
        EngineSpec(
            name: model.name, launch: launch, healthPath: health,
            startTimeoutSeconds: model.process.startTimeoutSeconds,
            stopGraceSeconds: model.process.stopTimeoutSeconds, environment: model.process.environment,
            workingDirectory: workingFolder)
    }

    /// A model without slots that Ember gives to requests: where there are several tenants, its engine begins where no
    /// earlier prompt was the same. What the model's own `env` says counts more.
    func isolated(_ model: ServedModel) -> ServedModel {
        guard isShared else { return model }
        var model = model
        model.edits.forbidsReuse = true
        model.engine?.environment.merge(TenantIsolation.withoutReuse) { own, _ in own }
        return model
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

extension ModelSpec {
    /// What the configuration alone says of a model.
    init(_ model: ModelConfiguration) {
        self.init(
            name: model.name, kind: model.kind, parallel: model.parallel, isPinned: model.residency.isPinned,
            idleTTLSeconds: model.residency.idleTTLSeconds, accuracy: AccuracyModel(model.accuracy?.curve))
    }
}

extension ServedModel {
    /// The operator's word goes before what is known of the engine.
    mutating func declareAbilities(_ model: ModelConfiguration) {
        if !model.serves.isEmpty { abilities.kinds = Set(model.serves) }
    }
}

extension AccuracyModel {
    fileprivate init(_ curve: AccuracyCurve?) {
        self =
            switch curve {
            case .table(let points): .measured(points)
            case .bounded(let zeroShot, let gain, let alpha): .boundedLog(zeroShot: zeroShot, gain: gain, alpha: alpha)
            case nil: .constant(1)
            }
    }
}
