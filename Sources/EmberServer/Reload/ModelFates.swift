import EmberConfig
import EmberCore

/// What another configuration makes of each model.
enum ModelFate: Sendable {
    case stays
    /// Has other settings; its engine, if there is one, serves on.
    case changes
    /// Its engine is started with other settings.
    case restarts
    /// Another model is there under its name: one of the cloud in place of one of the edge, or of another base.
    case isReplaced
    case appears

    var keepsID: Bool { self != .isReplaced && self != .appears }
}

/// The fates of a new configuration's models.
struct ModelFates {
    private var fates: [String: ModelFate] = [:]

    init(from old: Configuration, to new: Configuration) {
        let (former, next) = (ModelSections(old), ModelSections(new))
        // Bases first: a variant goes with its base.
        for model in new.models where model.base == nil {
            fates[model.name] = Self.fate(former[model.name], next[model.name])
        }
        for model in new.models {
            guard let base = model.base else { continue }
            let fate = Self.fate(former[model.name], next[model.name])
            let hasBase = fates[base] != .isReplaced && fates[base] != .appears
            fates[model.name] = fate == .appears || hasBase ? fate : .isReplaced
        }
    }

    /// Of a model that the new configuration has.
    subscript(name: String) -> ModelFate { fates[name] ?? .appears }

    private static func fate(_ old: ModelSection?, _ new: ModelSection?) -> ModelFate {
        guard let old, let new else { return .appears }
        if old.placement != new.placement { return .isReplaced }
        if old.engine != new.engine { return .restarts }
        return old == new ? .stays : .changes
    }
}

/// What a configuration says of its models, each with all that it comes from.
private struct ModelSections {
    private var sections: [String: ModelSection] = [:]

    init(_ configuration: Configuration) {
        for model in configuration.models { sections[model.name] = ModelSection(model, in: configuration) }
    }

    subscript(name: String) -> ModelSection? { sections[name] }
}

/// What a configuration says of a model, in its own section and in others.
private struct ModelSection: Equatable {
    enum Placement: Equatable {
        case cloud
        case edge
        case variant(of: String)
    }

    /// What an engine is started with.
    struct Engine: Equatable {
        var kind: ModelEngine?
        let parallel: Int
        let environment: [String: String]
        let adapters: [String]
    }

    let model: ModelConfiguration
    let placement: Placement
    /// Of a variant, which has no engine of its own, what is said of each model.
    let engine: Engine
    let variants: [ModelConfiguration]
    /// Of a variant.
    let base: ModelConfiguration?
    let upstreams: [UpstreamConfiguration]
    let weights: CostWeights
    let joulePrice: Double

    init(_ model: ModelConfiguration, in configuration: Configuration) {
        self.model = model
        variants = configuration.models.filter { $0.base == model.name }
        base = configuration.models.first { $0.name == model.base }
        let used = model.upstreams
        upstreams = configuration.cloud.upstreams.filter { used.contains($0.name) }
        weights = configuration.planning.weights
        joulePrice = configuration.planning.energy.price
        placement =
            switch model.engine {
            case .remote: .cloud
            case .adapter(let adapter): .variant(of: adapter.base)
            case .llamaServer, .command: .edge
            }
        engine = Engine(
            kind: model.engineOfItsOwn, parallel: placement == .edge ? model.parallel : 0,
            environment: placement == .edge ? model.process.environment : [:],
            adapters: Set(variants.compactMap(\.adapterPath)).sorted())
    }
}

extension ModelConfiguration {
    fileprivate var base: String? {
        if case .adapter(let adapter) = engine { adapter.base } else { nil }
    }

    fileprivate var adapterPath: String? {
        if case .adapter(let adapter) = engine { adapter.path } else { nil }
    }

    /// What its process is started from; nil: it has none.
    fileprivate var engineOfItsOwn: ModelEngine? {
        switch engine {
        case .remote, .adapter: return nil
        case .command: return engine
        case .llamaServer(var llama):
            // Ember's own.
            llama.isMatryoshka = false
            return .llamaServer(llama)
        }
    }
}
