import EmberCore
import EmberDocument
import Foundation

/// A log of events that a server has written (`events: {record: true}`), read line by line: one part of a run, or, of a
/// folder, all that is left of the latest run.
struct EventLog {
    let setting: RecordedSetting
    /// Before the first event.
    let planner: SwitchingPlanner
    /// The part at hand.
    private var path: String
    private var lines: [Substring]
    /// Lines of it that have been read.
    private var number: Int
    /// Parts of the same run that come after it.
    private var following: ArraySlice<String>

    /// - Throws: what is wrong with the file, with its line.
    init(_ path: String) throws(ScenarioError) {
        let parts = EventLogFolder.latestRun(in: path) ?? [path]
        guard let first = parts.first else {
            throw ScenarioError(
                Place(source: path), "has no log of events: a server writes them with events: {record: true}")
        }
        let lines = try Self.lines(of: first)
        setting = try Self.setting(of: lines, first)
        planner = try Self.planner(setting, lines, first)
        self.path = first
        self.lines = lines
        number = Self.headLines(of: setting.part)
        following = parts.dropFirst()
    }

    /// Of the first event: the header's, unless the catalogue has changed since the run began.
    var catalogue: Catalogue {
        let present = planner.edge.catalogue
        func isSame(_ a: ModelSpec, _ b: ModelSpec) -> Bool {
            a.name == b.name && a.placement == b.placement && a.base == b.base
        }
        let isFirst =
            present.models.elementsEqual(setting.models, by: isSame)
            && present.services.map(\.name) == setting.services.map(\.name)
        return isFirst ? setting.catalogue : present
    }

    func replay() -> Replay { Replay(setting, from: planner) }

    /// The next event; nil at the end.
    mutating func next() throws(ScenarioError) -> RecordedEvent? {
        while number >= lines.count {
            guard let part = following.popFirst() else { return nil }
            (path, lines) = (part, try Self.lines(of: part))
            // What its head says is known already; and a kill may have cut that off, but nothing follows then.
            number = Self.headLines(of: 2)
        }
        number += 1
        guard let event = RecordedEvent(line: lines[number - 1]) else { throw problem("is no event") }
        return event
    }

    /// Where the line is that was read last.
    var place: Place { Place(source: path, line: number, column: 1) }

    /// What is wrong with the line that was read last.
    func problem(_ what: String) -> ScenarioError { ScenarioError(place, what) }

    private static func headLines(of part: Int) -> Int { part == 1 ? 1 : 2 }

    private static func lines(of path: String) throws(ScenarioError) -> [Substring] {
        guard let data = UserFile.bytes(of: path) else {
            throw ScenarioError(Place(source: path), "cannot be read: check its path and permissions")
        }
        var lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        // A kill may have cut the last one off.
        lines.removeLast()
        return lines
    }

    private static func setting(of lines: [Substring], _ path: String) throws(ScenarioError) -> RecordedSetting {
        struct Version: Decodable { var version: Int }
        let header = lines.first ?? ""
        guard let version = decode(Version.self, header)?.version else {
            throw ScenarioError(
                Place(source: path), "is no log of events: its first line must say what was decided with")
        }
        guard version == RecordedSetting.currentVersion, let setting = decode(RecordedSetting.self, header) else {
            throw ScenarioError(
                Place(source: path),
                "is of version \(version), and this Ember reads version \(RecordedSetting.currentVersion): "
                    + "use the Ember that wrote it")
        }
        if let problem = setting.problem {
            throw ScenarioError(Place(source: path, line: 1, column: 1), "\(problem): the file is damaged")
        }
        return setting
    }

    /// The planner as it was before the part's first event.
    private static func planner(
        _ setting: RecordedSetting, _ lines: [Substring], _ path: String
    ) throws(ScenarioError) -> SwitchingPlanner {
        guard setting.part > 1 else {
            do throws(PolicyError) { return try setting.planner() } catch {
                throw ScenarioError(Place(source: path), "\(error)")
            }
        }
        let place = Place(source: path, line: 2, column: 1)
        guard lines.count > 1 else {
            throw ScenarioError(
                place,
                "is cut off: it should be the planner as it was when part \(setting.part) of the run began; replay the "
                    + "part before, after which nothing has been recorded")
        }
        guard let planner = decode(SwitchingPlanner.self, lines[1]) else {
            throw ScenarioError(place, "is no planner as it was when part \(setting.part) of the run began")
        }
        return planner
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ line: Substring) -> Value? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: RecordedInfinity.positive, negativeInfinity: RecordedInfinity.negative,
            nan: RecordedInfinity.notANumber)
        return try? decoder.decode(type, from: Data(line.utf8))
    }
}
