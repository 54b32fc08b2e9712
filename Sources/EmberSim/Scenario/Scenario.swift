public import EmberCore

/// What is simulated: a server, the models and services of it, their prices, and the requests that come.
public struct Scenario: Sendable {
    public let name: String
    public let summary: String
    /// T: the length of a run.
    public let slots: Int
    public let edge: EdgeServers
    public let catalogue: Catalogue
    public let workload: WorkloadKind
    /// How long things take; nil in slots.
    public let events: EventTime?
    /// Figures published elsewhere, by the policy that is compared with them.
    public let published: [PublishedRow]
    /// Warnings about the files that were read: skipped bad lines.
    public let notes: [String]
    /// The server that this is the part of, where a scenario of several is run server by server.
    private(set) var server: Int?
    /// Of all that the scenario states, its requests included.
    var fingerprint = Fingerprint()

    /// Whether footprints may grow above what was admitted.
    var measuresMemory: Bool { if case .recorded = workload { true } else { false } }

    /// Whether energy has a price.
    var pricesEnergy: Bool { catalogue.models.contains { $0.costs.perJoule > 0 } }

    /// What one of the servers has to do with: all models, and the requests of its own services.
    func part(of server: Int) -> Scenario {
        var part = self
        part.server = server
        return part
    }

    /// Whether the pair's service is attached to the server that this is the part of.
    func isAtHome(_ pair: PairID) -> Bool {
        server.map { catalogue.service(of: pair).index % edge.count == $0 } ?? true
    }

    /// Whether the energy of requests at the edge is stated, and so reported.
    var countsEnergy: Bool { edge.energyJoules != nil || catalogue.models.contains { $0.costs.joulesPerToken > 0 } }

    /// In event time the bounds that the scenario states; else those of the papers' slots: loads take no time, all
    /// requests of a pair run at once, the cloud takes the rest.
    public var settings: PlannerSettings {
        var settings = events?.bounds ?? PlannerSettings(budget: edge.memory)
        settings.budget = edge.memory
        settings.retention = edge.retention
        settings.energy.budget = edge.energyJoules
        if let events, events.measured == nil { settings.energy.windowSeconds = events.slotSeconds }
        guard events == nil else { return settings }
        settings.time = .slots
        settings.queue.residencyPerLoad = 0
        settings.queue.gateWaitSeconds = 0
        settings.queue.patienceSeconds = 0
        return settings
    }
}

/// The edge servers of a scenario, and what each of them has.
public struct EdgeServers: Sendable {
    /// N. Service i is attached to server i modulo N.
    public let count: Int
    /// G, of each server.
    public let memory: Bytes
    /// E: joules per slot that requests at the edge may take; nil: no bound.
    public let energyJoules: Double?
    public let retention: ContextRetention
}

/// One policy's published figures; what was not published is missing.
public struct PublishedRow: Sendable, Equatable, Codable {
    public let policy: String
    public let figures: [Measure: Double]
}
