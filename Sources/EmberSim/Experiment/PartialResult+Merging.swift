import EmberDocument
import Foundation

extension PartialResult {
    /// The shard that a file has.
    public static func read(_ path: String) throws(ScenarioError) -> PartialResult {
        guard let data = UserFile.bytes(of: path) else {
            throw ScenarioError(Place(source: path), "cannot be read; check the path and its permissions")
        }
        guard let partial = PartialResult(json: data) else {
            throw ScenarioError(
                Place(source: path), "is no result of a shard, or is damaged; write it again with --shard")
        }
        return partial
    }

    /// The results that the experiment would have given without shards, to the last bit.
    ///
    /// - Parameter files: every shard once, each with the name that messages call it by.
    public static func merged(_ files: [(name: String, partial: PartialResult)]) throws(ScenarioError) -> Results {
        guard let first = files.first else { throw ScenarioError(Place(source: "ember merge"), "needs a file") }
        var owners: [Int: String] = [:]
        for (name, partial) in files {
            if let difference = partial.difference(from: first.partial) {
                throw ScenarioError(
                    Place(source: name), "has \(difference) than \(first.name); merge the shards of one command")
            }
            if let owner = owners.updateValue(name, forKey: partial.shard.number) {
                throw ScenarioError(
                    Place(source: name), "is shard \(partial.shard), as is \(owner); give each shard once")
            }
        }
        let count = first.partial.shard.count
        let missing = (1...count).lazy.filter { owners[$0] == nil }
        guard owners.count == count else {
            let shown = missing.prefix(10).map(String.init).joined(separator: ", ")
            let rest = count - owners.count > 10 ? ", …" : ""
            throw ScenarioError(
                Place(source: "ember merge"), "of \(count) shards \(count - owners.count) are missing: \(shown)\(rest)")
        }
        return Results(
            header: first.partial.header, runs: files.flatMap(\.partial.runs).sorted { $0.id < $1.id })
    }

    /// What makes the shard another experiment's; nil when nothing does.
    private func difference(from other: PartialResult) -> String? {
        let (mine, theirs) = (header, other.header)
        if mine.version != theirs.version { return "another version of ember (\(mine.version), not \(theirs.version))" }
        if mine.scenario.name != theirs.scenario.name {
            return "another scenario (\(mine.scenario.name), not \(theirs.scenario.name))"
        }
        if mine.policies != theirs.policies { return "other policies" }
        if mine.seeds != theirs.seeds { return "other seeds" }
        if mine.settings != theirs.settings || mine.variations != theirs.variations { return "other settings" }
        if mine.scenario.fingerprint != theirs.scenario.fingerprint {
            return "another text or other requests of the scenario"
        }
        if mine.isRecorded != theirs.isRecorded { return "another format" }
        if shard.count != other.shard.count {
            return "another number of shards (\(shard.count), not \(other.shard.count))"
        }
        return mine == theirs ? nil : "other facts"
    }
}
