import EmberModels
import EmberStore
public import EmberSystem
import Foundation

/// What Ember remembers from run to run, as a whole: of which version its files are.
///
/// `state.json` names the version. A newer one is refused, as it might be misread or spoilt. Of an older one, the files
/// whose form changes are kept as they were. (The database of demonstrations has a version of its own, and keeps its
/// own copy.)
public struct StateFolder: Sendable {
    public let path: String

    static let version = 2
    static let versionFile = "state.json"
    static let spendingFile = "spending.json"
    static let footprintsFile = "footprints.json"
    static let eventsFolder = "events"
    /// Whose form has changed since version 1.
    private static let changedFiles = [spendingFile, footprintsFile]

    let files: any FileSystem

    public init(path: String, files: any FileSystem) { (self.path, self.files) = (path, files) }

    /// Makes the folder this version's, and ends a restore that was interrupted; for the one process that uses it.
    /// Blocks.
    ///
    /// - Returns: what the operator should know, a line each.
    public func open() throws(StateProblem) -> [String] {
        var notes: [String] = []
        do throws(FileProblem) {
            try files.makeFolder(path, isPrivate: true)
            StateRestore.giveUpHalf(in: self)
            if let note = try StateRestore.finish(in: self) { notes.append(note) }
        } catch {
            notes.append("\(error)")
        }
        guard try checkedVersion() != Self.version else { return notes }
        do throws(FileProblem) {
            if let kept = try keepFiles() { notes.append("\(path) is brought up to version \(Self.version); \(kept)") }
            try files.replace(file(Self.versionFile), with: Self.stamp)
        } catch {
            notes.append("the version of the state folder is not written down: \(error)")
        }
        return notes
    }

    /// - Throws: where a newer Ember has written it.
    /// - Returns: nil where no version is written: it is new, or of version 1.
    func checkedVersion() throws(StateProblem) -> Int? {
        for (name, known) in [
            (Self.versionFile, Self.version), (Self.spendingFile, Spending.version),
            (Self.footprintsFile, FootprintStore.version),
        ] {
            guard let found = version(of: name), found > known else { continue }
            throw StateProblem(
                "\(file(name)) was written by a newer Ember: it is of version \(found), and this Ember knows "
                    + "\(known); use that Ember, name another state folder (EMBER_STATE), or restore a backup "
                    + "that this one has made")
        }
        return version(of: Self.versionFile)
    }

    func file(_ name: String) -> String { path + "/" + name }

    static var stamp: Data {
        Data("{\"ember\": \"\(EmberVersion.current)\", \"version\": \(version)}\n".utf8)
    }

    private func version(of name: String) -> Int? {
        struct Version: Decodable { var version: Int }
        guard let data = try? files.bytes(of: file(name)) else { return nil }
        return (try? JSONDecoder().decode(Version.self, from: data))?.version
    }

    /// - Returns: where they are; nil where there are none.
    private func keepFiles() throws(FileProblem) -> String? {
        let names = Self.changedFiles.filter { files.isThere(file($0)) }
        guard !names.isEmpty else { return nil }
        let place = file("before-version-\(Self.version)")
        try files.makeFolder(place, isPrivate: true)
        for name in names where !files.isThere(place + "/" + name) {
            // They are never changed, but replaced: another name for the same file keeps it, and takes no room.
            if (try? files.link(file(name), as: place + "/" + name)) != nil { continue }
            try files.replace(place + "/" + name, with: try files.bytes(of: file(name)))
        }
        try files.syncFolder(place)
        return "\(names.joined(separator: " and ")) as before: \(place)"
    }
}

/// Why the state folder cannot be used, backed up or restored, in one line.
public struct StateProblem: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
    init(_ problem: FileProblem) { description = problem.description }
}
