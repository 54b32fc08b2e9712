import EmberCore

/// What an experiment is, without its figures: equal headers, equal figures.
///
/// Reports show it beside the figures, and shards must agree on it. In a shard's file, all of it is members of one
/// object.
@dynamicMemberLookup
struct ExperimentHeader: Sendable, Equatable, Codable {
    let scenario: ScenarioFacts
    private let plan: ExperimentPlan

    init(_ scenario: ScenarioFacts, _ plan: ExperimentPlan) { (self.scenario, self.plan) = (scenario, plan) }

    subscript<Value>(dynamicMember fact: KeyPath<ExperimentPlan, Value>) -> Value { plan[keyPath: fact] }

    init(from decoder: any Decoder) throws {
        scenario = try ScenarioFacts(from: decoder)
        plan = try ExperimentPlan(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        try scenario.encode(to: encoder)
        try plan.encode(to: encoder)
    }

    /// The runs of a shard, in the order in which results have them.
    func runs(of shard: Shard) -> [RunID] {
        shard.units(of: plan.units ?? 0).flatMap { unit in
            plan.policies.indices.map {
                RunID(point: unit / plan.seeds.count, seed: unit % plan.seeds.count, policy: $0)
            }
        }
    }
}

/// What an experiment's figures follow from besides its runs.
struct ScenarioFacts: Sendable, Equatable, Codable {
    /// Of everything that the scenario states, at every point.
    let fingerprint: String
    /// The scenario's name, and the last part of the argument that named it.
    let name: String
    let argument: String
    let summary: String
    /// Of the first point; others may have more or less of them.
    let slots: Int
    let instances: [String]
    let published: [PublishedRow]

    private enum CodingKeys: String, CodingKey {
        case fingerprint
        case name = "scenario"
        case argument, summary, slots, instances, published
    }

    /// - Parameter first: the scenario at the first point.
    init(_ first: Scenario, fingerprint: Fingerprint, argument: String) {
        self.fingerprint = fingerprint.text
        name = first.name
        self.argument = argument
        summary = first.summary
        slots = first.slots
        instances = (0..<first.catalogue.instanceCount).map { first.catalogue.name(of: InstanceID($0)) }
        published = first.published
    }
}

/// Which runs an experiment has.
struct ExperimentPlan: Sendable, Equatable, Codable {
    /// The version of the program.
    let version: String
    /// Settings that hold at every point.
    let settings: [Setting]
    /// None for a comparison, which has one point.
    let variations: [Variation]
    let policies: [String]
    let seeds: [UInt64]
    /// Whether runs have a recording.
    let isRecorded: Bool

    var grid: Grid { Grid(variations: variations) }
    var isSweep: Bool { !variations.isEmpty }
    var points: Int { grid.count ?? 0 }
    /// The (point, seed) pairs; nil when there are more than anyone could have run.
    var units: Int? {
        let (units, isTooLarge) = points.multipliedReportingOverflow(by: seeds.count)
        return isTooLarge || units == 0 ? nil : units
    }
}

/// One run of an experiment, by positions.
struct RunID: Sendable, Hashable, Codable, Comparable {
    let point: Int
    let seed: Int
    let policy: Int

    static func < (a: RunID, b: RunID) -> Bool {
        (a.point, a.seed, a.policy) < (b.point, b.seed, b.policy)
    }
}
