/// Which services share an instance.
public enum Sharing: String, Codable, Sendable, CaseIterable {
    /// One instance per model, its weights counted once however many services it serves: a real server.
    case instances
    /// One instance per (service, model) pair, each with weights of its own: the papers' reading.
    case pairs
}

/// The models and services of one edge server, and how they make up instances and pairs.
public struct Catalogue: Codable, Sendable {
    public private(set) var models: [ModelSpec]
    public let services: [ServiceSpec]
    public let sharing: Sharing
    /// Instances of pinned models.
    let pinned: [InstanceID]
    /// Whether any model is unloaded when it is idle.
    let hasIdleTTL: Bool

    public init(models: [ModelSpec], services: [ServiceSpec], sharing: Sharing = .instances) {
        precondition(!models.isEmpty && !services.isEmpty, "a catalogue has at least one model and one service")
        self.models = models.map { model in
            var model = model
            if let base = model.base, models.indices.contains(base.index) {
                model.isRetired = model.isRetired || models[base.index].isRetired
            }
            return model
        }
        self.services = services
        self.sharing = sharing
        let instances = sharing == .instances ? models.count : models.count * services.count
        pinned = (0..<instances).map { InstanceID($0) }.filter { models[$0.index % models.count].isPinned }
        hasIdleTTL = models.contains { $0.idleTTLSeconds != nil }
    }

    public var pairCount: Int { models.count * services.count }
    public var instanceCount: Int { sharing == .instances ? models.count : pairCount }

    /// Whether one instance serves several services, whose shares of its requests weigh their contexts.
    var hasSharedInstances: Bool { sharing == .instances && services.count > 1 }

    public func pair(_ service: ServiceID, _ model: ModelID) -> PairID {
        PairID(service.index * models.count + model.index)
    }

    public func service(of pair: PairID) -> ServiceID { ServiceID(pair.index / models.count) }

    public func model(of pair: PairID) -> ModelID { ModelID(pair.index % models.count) }

    public func instance(_ service: ServiceID, _ model: ModelID) -> InstanceID {
        let host = models[model.index].base ?? model
        return sharing == .instances ? InstanceID(host.index) : InstanceID(pair(service, host).index)
    }

    public func model(of instance: InstanceID) -> ModelID { ModelID(instance.index % models.count) }

    /// The instances that hold the model's weights; a variant's are its base's.
    func instances(of model: ModelID) -> some Sequence<InstanceID> {
        let host = models[model.index].base ?? model
        return stride(from: host.index, to: instanceCount, by: models.count).lazy.map { InstanceID($0) }
    }

    /// The position of the first service that an instance serves, and how many it serves.
    func services(of instance: InstanceID) -> Range<Int> {
        switch sharing {
        case .instances: 0..<services.count
        case .pairs: (instance.index / models.count)..<(instance.index / models.count + 1)
        }
    }

    /// Where a service's context on an instance is kept: those of one instance side by side.
    func place(of service: ServiceID, on instance: InstanceID) -> Int {
        sharing == .instances ? instance.index * services.count + service.index : instance.index
    }

    func place(of pair: PairID) -> Int {
        let (service, model) = (service(of: pair), model(of: pair))
        return place(of: service, on: instance(service, model))
    }

    /// w_m / k_i: the demonstrations of the pair's service that the model's window holds.
    public func windowExamples(of pair: PairID) -> Double { windowExamples(service(of: pair), model(of: pair)) }

    func windowExamples(_ service: ServiceID, _ model: ModelID) -> Double {
        Double(models[model.index].windowTokens) / Double(services[service.index].demonstrationTokens)
    }

    /// Replaces a model's costs by its measurements.
    mutating func take(_ seen: MeasuredCosts, loadSeconds: Double?, of model: ModelID, _ weights: CostWeights) {
        models[model.index].take(seen, loadSeconds: loadSeconds, weights)
    }

    /// Replaces a model's estimate of memory, after its files have changed.
    mutating func take(estimate: Bytes, of model: ModelID) { models[model.index].residentBytes = estimate }

    /// Sets the energy of a token for the models that do not declare it.
    ///
    /// - Parameter hasWeights: whether cost terms are measured; the price of absence contains this energy.
    mutating func take(joulesPerToken: Double, hasWeights: Bool) {
        for index in models.indices where models[index].measured.contains(.energy) {
            models[index].costs.joulesPerToken = joulesPerToken
            if hasWeights { models[index].takeCostOfAbsence() }
        }
    }

    /// The cost of a joule of the whole machine: the highest of any model's.
    var pricePerJoule: Double { models.lazy.map(\.costs.perJoule).max() ?? 0 }

    // Lent, not copied: a specification has texts and tables. Inlined, as lending to another module takes memory of its
    // own.
    @inlinable
    public subscript(model: ModelID) -> ModelSpec { _read { yield models[model.index] } }
    @inlinable
    public subscript(service: ServiceID) -> ServiceSpec { _read { yield services[service.index] } }
}
