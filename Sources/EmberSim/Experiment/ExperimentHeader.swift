import EmberCore

/// What an experiment is, without its figures: equal headers, equal figures.
///
/// Reports show it beside the figures, and shards must agree on it.
struct ExperimentHeader: Sendable, Equatable, Codable {
    /// The version of the program.
    var version: String
    /// Of everything that the scenario states, at every point.
    var fingerprint: String
    /// The scenario's name, and the last part of the argument that named it.
    var scenario: String
    var argument: String
    var summary: String
    /// Of the first point; others may have more or less of them.
    var slots: Int
    var instances: [String]
    /// Settings that hold at every point.
    var settings: [Setting]
    /// None for a comparison, which has one point.
    var variations: [Variation]
    var policies: [String]
    var seeds: [UInt64]
    /// Whether runs have a recording.
    var isRecorded: Bool
    var published: [PublishedRow]

    var grid: Grid { Grid(variations: variations) }
    var isSweep: Bool { !variations.isEmpty }
    var points: Int { grid.count ?? 0 }
    /// The (point, seed) pairs; nil when there are more than anyone could have run.
    var units: Int? {
        let (units, isTooLarge) = points.multipliedReportingOverflow(by: seeds.count)
        return isTooLarge || units == 0 ? nil : units
    }

    /// The runs of a shard, in the order in which results have them.
    func runs(of shard: Shard) -> [RunID] {
        shard.units(of: units ?? 0).flatMap { unit in
            policies.indices.map { RunID(point: unit / seeds.count, seed: unit % seeds.count, policy: $0) }
        }
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
