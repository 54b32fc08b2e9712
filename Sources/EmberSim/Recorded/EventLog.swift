import EmberCore
import EmberDocument
import Foundation

/// A log of events that a server has written (`events: {record: true}`), read line by line.
struct EventLog {
    let setting: RecordedSetting
    private let path: String
    private let lines: [Substring]
    private var number = 1

    /// - Throws: what is wrong with the file, with its line.
    init(_ path: String) throws(ScenarioError) {
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ScenarioError(Place(source: path), "cannot be read: check its path and permissions")
        }
        var lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        // A kill may have cut the last one off.
        lines.removeLast()
        struct Version: Decodable { var version: Int }
        let header = Data((lines.first ?? "").utf8)
        guard let version = try? JSONDecoder().decode(Version.self, from: header).version else {
            throw ScenarioError(
                Place(source: path), "is no log of events: its first line must say what was decided with")
        }
        guard version == RecordedSetting.currentVersion,
            let setting = try? JSONDecoder().decode(RecordedSetting.self, from: header)
        else {
            throw ScenarioError(
                Place(source: path),
                "is of version \(version), and this Ember reads version \(RecordedSetting.currentVersion): use the Ember "
                    + "that wrote it")
        }
        self.setting = setting
        self.lines = lines
    }

    func replay() throws(ScenarioError) -> Replay {
        do throws(PolicyError) { return try Replay(setting) } catch {
            throw ScenarioError(Place(source: path), "\(error)")
        }
    }

    /// The next event; nil at the end.
    mutating func next() throws(ScenarioError) -> RecordedEvent? {
        guard number < lines.count else { return nil }
        number += 1
        guard let event = RecordedEvent(line: lines[number - 1]) else { throw problem("is no event") }
        return event
    }

    /// What is wrong with the line that was read last.
    func problem(_ what: String) -> ScenarioError {
        ScenarioError(Place(source: path, line: number, column: 1), what)
    }
}
