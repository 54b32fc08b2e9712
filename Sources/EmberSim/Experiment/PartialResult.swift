import Foundation

/// The figures of one shard of an experiment; as a file, whole doubles and all, for `merged`.
public struct PartialResult: Sendable {
    let header: ExperimentHeader
    let shard: Shard
    /// In the order of `ExperimentHeader.runs`.
    let runs: [Run]
}

extension PartialResult {
    /// The file's form. Every double is written with all digits that it needs to be read back exactly.
    private struct File: Codable {
        var header: ExperimentHeader
        var shard: Shard
        var runs: [RunRecord]
    }

    private struct RunRecord: Codable {
        var id: RunID
        var figures: [Measure: Double]
        var recording: Recording?
    }

    /// JSON on one line.
    public var json: String {
        let file = File(
            header: header, shard: shard,
            runs: runs.map { RunRecord(id: $0.id, figures: $0.outcome.values, recording: $0.recording) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Figures are finite: prices, counts and slots have bounds.
        guard let data = try? encoder.encode(file) else { preconditionFailure("a figure is not finite") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// The shard of a file's bytes; nil when they are none, or damaged.
    init?(json: Data) {
        guard let file = try? JSONDecoder().decode(File.self, from: json), file.shard.isValid,
            let units = file.header.units, file.header.scenario.slots >= 1, !file.header.policies.isEmpty,
            file.runs.count == file.shard.unitCount(of: units) * file.header.policies.count
        else { return nil }
        var runs: [Run] = []
        for (record, id) in zip(file.runs, file.header.runs(of: file.shard)) {
            guard record.id == id, record.figures.values.allSatisfy(\.isFinite),
                (record.recording != nil) == file.header.isRecorded,
                record.recording?.fits(
                    slots: file.header.scenario.slots, instances: file.header.scenario.instances.count) ?? true
            else { return nil }
            runs.append(Run(id: id, outcome: RunOutcome(values: record.figures), recording: record.recording))
        }
        self.init(header: file.header, shard: file.shard, runs: runs)
    }
}
