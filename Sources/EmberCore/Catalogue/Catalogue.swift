/// What an instance is shared by.
public enum Sharing: String, Sendable, CaseIterable {
    /// One instance per model, its weights counted once however many services it serves: a real server.
    case instances
    /// One instance per (service, model) pair, each with weights of its own: the papers' reading.
    case pairs
}

/// The models and services of one edge server, and how they make up instances and pairs.
public struct Catalogue: Sendable {
    public let models: [ModelSpec]
    public let services: [ServiceSpec]
    public let sharing: Sharing

    public init(models: [ModelSpec], services: [ServiceSpec], sharing: Sharing = .instances) {
        precondition(!models.isEmpty && !services.isEmpty, "a catalogue has at least one model and one service")
        self.models = models
        self.services = services
        self.sharing = sharing
    }

    public var pairCount: Int { models.count * services.count }
    public var instanceCount: Int { sharing == .instances ? models.count : pairCount }

    public func pair(_ service: ServiceID, _ model: ModelID) -> PairID {
        PairID(service.index * models.count + model.index)
    }

    public func service(of pair: PairID) -> ServiceID { ServiceID(pair.index / models.count) }

    public func model(of pair: PairID) -> ModelID { ModelID(pair.index % models.count) }

    public func instance(_ service: ServiceID, _ model: ModelID) -> InstanceID {
        sharing == .instances ? InstanceID(model.index) : InstanceID(pair(service, model).index)
    }

    public func model(of instance: InstanceID) -> ModelID { ModelID(instance.index % models.count) }

    /// The position of the first service that an instance serves, and how many it serves.
    func services(of instance: InstanceID) -> Range<Int> {
        switch sharing {
        case .instances: 0..<services.count
        case .pairs: (instance.index / models.count)..<(instance.index / models.count + 1)
        }
    }

    /// w_m / k_i: the demonstrations of the pair's service that the model's window holds.
    public func windowExamples(of pair: PairID) -> Double {
        Double(models[model(of: pair).index].windowTokens)
            / Double(services[service(of: pair).index].demonstrationTokens)
    }

    public subscript(model: ModelID) -> ModelSpec { models[model.index] }
    public subscript(service: ServiceID) -> ServiceSpec { services[service.index] }
}
