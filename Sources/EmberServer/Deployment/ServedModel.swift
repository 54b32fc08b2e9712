public import EmberCore
public import EmberEngine
import EmberModels
import EmberSystem

/// A configured model with what runs it.
///
/// Its values lie in one place that all copies share, and that is copied before one of them changes: each request asks
/// for some of them several times.
public struct ServedModel: Sendable {
    private struct Values {
        var spec: ModelSpec
        var aliases: [String]
        var engine: EngineSpec?
        var clouds: [CloudTarget]
        var isPreloaded: Bool
        var footprint: FootprintBasis
        var edits = RequestEdits()
        var abilities = ModelAbilities()
        var slots: SlotLayout?
        var problem: String?
        var origin = ModelOrigin()
    }

    private var values: CopiedOnWrite<Values>

    public init(
        spec: ModelSpec, aliases: [String] = [], engine: EngineSpec? = nil, clouds: [CloudTarget] = [],
        isPreloaded: Bool = false, footprint: FootprintBasis = FootprintBasis()
    ) {
        values = CopiedOnWrite(
            Values(
                spec: spec, aliases: aliases, engine: engine, clouds: clouds, isPreloaded: isPreloaded,
                footprint: footprint))
    }

    public var spec: ModelSpec {
        _read { yield values.value.spec }
        _modify { yield &values.value.spec }
    }
    /// Other names that requests may use.
    public var aliases: [String] {
        _read { yield values.value.aliases }
        _modify { yield &values.value.aliases }
    }
    /// The child process that runs it at the edge; nil for a model that only the cloud has.
    public var engine: EngineSpec? {
        _read { yield values.value.engine }
        _modify { yield &values.value.engine }
    }
    /// Where its requests may be offloaded, or where it runs if it has no engine; each of another upstream.
    public var clouds: [CloudTarget] {
        _read { yield values.value.clouds }
        _modify { yield &values.value.clouds }
    }
    public var isPreloaded: Bool {
        get { values.value.isPreloaded }
        set { values.value.isPreloaded = newValue }
    }
    public var footprint: FootprintBasis {
        _read { yield values.value.footprint }
        _modify { yield &values.value.footprint }
    }
    public var edits: RequestEdits {
        _read { yield values.value.edits }
        _modify { yield &values.value.edits }
    }
    /// What its engine can serve; of what only the cloud has, nothing is known that it could not.
    public var abilities: ModelAbilities {
        _read { yield values.value.abilities }
        _modify { yield &values.value.abilities }
    }
    /// The slots that Ember itself gives to requests; nil: the engine chooses.
    public var slots: SlotLayout? {
        _read { yield values.value.slots }
        _modify { yield &values.value.slots }
    }
    /// Why it cannot be loaded, as its files and its program were when they were read last; nil: nothing is known
    /// against it.
    public var problem: String? {
        _read { yield values.value.problem }
        _modify { yield &values.value.problem }
    }
    var origin: ModelOrigin {
        _read { yield values.value.origin }
        _modify { yield &values.value.origin }
    }

    public var name: String { spec.name }
    /// Its name with a mark of its file, where it has one: another file is another model.
    var identifyingName: String {
        guard let file = footprint.key?.file, file.sizeBytes > 0 else { return name }
        return name + "#" + Digest.hex(["\(file.sizeBytes) \(file.modificationTime)"], bytes: 4)
    }
    /// What it is expected to take before it has been loaded: as measured in earlier runs, or else as estimated.
    public var expectedBytes: Bytes { spec.learnt.map { $0.resting + $0.peak } ?? spec.residentBytes }
    /// What one request may have, and all of them together, in tokens; nil: it is not known.
    public var context: (window: Int, pool: Int?)? {
        guard case .llamaServer(let options)? = engine?.launch else { return nil }
        let settings = LoadSettings(options, variables: engine?.environment ?? [:])
        return (settings.requestWindow, settings.poolTokens)
    }
    /// The adapters that its engine is started with.
    var adapterFiles: [String] {
        if case .llamaServer(let options)? = engine?.launch { options.adapters } else { [] }
    }
    /// Whether the budgets of the devices have room for it, as far as is known; of one that cannot be loaded nothing
    /// is.
    public func fits(_ budgets: [Bytes]) -> Bool { problem != nil || spec.placeText(budgets) != nil }
}

/// What a served model was made of.
public struct ModelOrigin: Sendable {
    /// Its files as they were when they were read last, and how they are read again; nil: it has none of its own, as a
    /// variant, or only the cloud has it.
    var stamps: [FileStamp?] = []
    var source: ModelSource?
    /// The generations of the deployment in which its settings have last changed, and of these those that its engine is
    /// started with: an engine of an earlier version is replaced by a new one.
    var version = 0
    var engineVersion = 0

    public init() {}
}

/// Where what a model is expected to take comes from.
public struct FootprintBasis: Sendable {
    /// How it was computed, for messages: "weights 98 MB + ... = 277 MB".
    public var arithmetic: String
    /// What identifies the model and its settings to the memory of measured footprints; nil: not remembered.
    public var key: FootprintKey?

    /// The arithmetic of a `memory` that the configuration has.
    static func declared(_ bytes: Bytes) -> String { "\(bytes.megabytes) declared (memory)" }

    public init(arithmetic: String = "", key: FootprintKey? = nil) {
        (self.arithmetic, self.key) = (arithmetic, key)
    }
}

/// What Ember writes into each of a model's requests for its engine.
public struct RequestEdits: Sendable {
    /// A variant's requests ask for its adapter, and those of a model that has variants for none.
    public var adapter: AdapterUse?
    /// They ask the engine to begin where no earlier prompt was the same: the model has several tenants, and Ember does
    /// not say which slot is whose.
    public var forbidsReuse = false
}

/// A LoRA adapter as requests ask for it.
public struct AdapterUse: Sendable, Equatable {
    /// The adapter's file; empty: none is applied.
    public var path: String
    public var scale: Double

    /// A request that says nothing would have them all.
    static let none = AdapterUse(path: "", scale: 0)

    /// What a request says to an engine that was started with such adapters; nil: it lacks this one.
    func place(among adapters: [String]) -> Int? { path.isEmpty ? 0 : adapters.firstIndex(of: path) }
}

/// A model of an upstream.
public struct CloudTarget: Sendable {
    public var upstream: RemoteEngine
    /// The model's name there.
    public var model: String
    /// nil: it asks nothing.
    public var prices: TokenPrices?
    /// After how long without an answer a request is begun at the edge too; nil: never.
    public var hedgeSeconds: Double?

    /// Tells it from the model's other targets.
    var name: String { "\(upstream.name):\(model)" }

    public init(
        upstream: RemoteEngine, model: String, prices: TokenPrices? = nil, hedgeSeconds: Double? = nil
    ) {
        self.upstream = upstream
        self.model = model
        self.prices = prices
        self.hedgeSeconds = hedgeSeconds
    }
}
