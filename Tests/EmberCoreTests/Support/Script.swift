import EmberCore

/// A planner played by hand: events in, exact effects out.
struct Script {
    var planner: any Planning
    private var nextRequest = 0

    init(_ policy: String, _ catalogue: Catalogue, _ settings: PlannerSettings, seed: UInt64 = 1) throws {
        struct NoSuchPolicy: Error { let name: String }
        guard let entry = PolicyCatalog.entry(named: policy) else { throw NoSuchPolicy(name: policy) }
        planner = entry.planner(for: catalogue, settings: settings, seed: seed)
    }

    var edge: EdgeState { planner.edge }

    @discardableResult
    mutating func at(_ seconds: Double, _ event: Event) -> [Effect] {
        var effects: [Effect] = []
        planner.handle(event, at: Time(seconds: seconds), into: &effects)
        return effects
    }

    /// A request of the service for the model, by the next number.
    @discardableResult
    mutating func ask(
        _ seconds: Double, _ model: Int, service: Int = 0, offloadable: Bool = true, tenant: Int = 0,
        deadline: Double? = nil, size: RequestSize? = nil
    ) -> [Effect] {
        defer { nextRequest += 1 }
        return at(
            seconds,
            .requestArrived(
                RequestID(nextRequest), service: ServiceID(service), model: ModelID(model), offloadable: offloadable,
                terms: RequestTerms(tenant: tenant, deadlineSeconds: deadline, size: size)))
    }

    /// A number of requests for a resident model, each answered at once.
    mutating func serve(_ seconds: Double, _ model: Int, service: Int = 0, times: Int = 1, work: EngineWork? = nil) {
        for _ in 0..<times {
            ask(seconds, model, service: service)
            at(seconds, .requestFinished(RequestID(nextRequest - 1), tokens: 0, work: work))
        }
    }

    /// Loads what fits, by default at once.
    mutating func load(_ begin: Double, _ instance: Int, seconds: Double = 0) {
        at(begin, .loadRequested(InstanceID(instance)))
        at(begin + seconds, .loadFinished(InstanceID(instance)))
    }

    /// Unloads what is idle, at once.
    mutating func unload(_ seconds: Double, _ instance: Int) {
        at(seconds, .unloadRequested(InstanceID(instance)))
        at(seconds, .unloadFinished(InstanceID(instance)))
    }
}

// Short names for what scripts write most.
func instance(_ index: Int) -> InstanceID { InstanceID(index) }
func request(_ index: Int) -> RequestID { RequestID(index) }
func service(_ index: Int) -> ServiceID { ServiceID(index) }

/// Models of these sizes, and services that lose 0.1 examples a second and have windows of 40.96 examples.
func plainCatalogue(
    bytes: [Int], services: Int = 1, parallel: Int = 16, sharing: Sharing = .instances,
    adjust: (inout ModelSpec, Int) -> Void = { _, _ in }
) -> Catalogue {
    let models = bytes.enumerated().map { index, bytes in
        var model = ModelSpec(name: "model \(index)", residentBytes: Bytes(bytes), parallel: parallel)
        adjust(&model, index)
        return model
    }
    return Catalogue(
        models: models, services: (0..<services).map { ServiceSpec(name: "service \($0)", vanishing: 0.1) },
        sharing: sharing)
}
