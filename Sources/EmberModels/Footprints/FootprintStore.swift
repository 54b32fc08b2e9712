public import EmberSystem
import Foundation
import Synchronization

/// Remembers what models took when they ran, in `footprints.json` of the state folder.
///
/// The file is replaced as a whole (written beside, on the disk, then renamed), so that a crash leaves the old or the
/// new one. A file that cannot be read is moved aside and the store starts empty: what is lost is measured again. One
/// that a newer Ember has written stays as it is.
public final class FootprintStore: Sendable {
    /// Entries beyond this number push out the ones updated longest ago.
    public static let maximumEntries = 512
    static let maximumFileBytes = 4 << 20

    /// Path of the file.
    public let file: String
    private let surroundings: Surroundings
    /// A newer Ember's file is neither read nor written.
    private let isNewer: Bool
    private let footprints: Mutex<[Key: Footprint]>
    /// Set aside from the entries, so that readers do not wait for the disk.
    private let writing = Mutex(())

    private struct Key: Hashable {
        let file: ModelFileIdentity
        let settings: String
    }

    package static let version = 2

    private struct Version: Decodable { var version: Int }

    fileprivate struct Document<Entry> {
        var version = FootprintStore.version
        var footprints: [Entry]
    }

    /// Opens the store in `folder`, which is made when missing; blocks for one small file.
    ///
    /// - Returns: the store, and a one-line warning when its file was unreadable and has been moved aside.
    public static func open(
        folder: String, surroundings: Surroundings
    ) -> (store: FootprintStore, warning: String?) {
        let (file, files) = (folder + "/footprints.json", surroundings.files)
        do {
            try files.makeFolder(folder, isPrivate: true)
            return (FootprintStore(file: file, surroundings, try load(file, files)), nil)
        } catch is NewerVersion {
            return (
                FootprintStore(file: file, surroundings, [], isNewer: true),
                "\(Self.isNewer(file)); memory estimates start without measurements"
            )
        } catch {
            return (FootprintStore(file: file, surroundings, []), moveAside(file, files, because: error))
        }
    }

    private init(file: String, _ surroundings: Surroundings, _ entries: [Footprint], isNewer: Bool = false) {
        (self.file, self.surroundings) = (file, surroundings)
        self.isNewer = isNewer
        let pairs = entries.map { (Key(file: $0.file, settings: $0.settings), $0) }
        // A file edited by hand may repeat a key: the larger figure is the safe one.
        let unique = Dictionary(pairs) { $0.resting + $0.peak >= $1.resting + $1.peak ? $0 : $1 }
        footprints = Mutex(Self.bounded(unique))
    }

    /// The number of entries.
    public var count: Int { footprints.withLock(\.count) }

    /// What to expect of a model under these settings; nil when it has not been measured.
    public func footprint(of file: ModelFileIdentity, settings: String) -> Footprint? {
        footprints.withLock { $0[Key(file: file, settings: settings)] }
    }

    /// Takes in what to expect of a model from now on, and writes the file.
    ///
    /// - Parameter most: that the life was seen to take from which this follows.
    /// - Throws: the file system's error; the figures are kept in memory all the same.
    public func record(
        resting: Int, peak: Int, most: Int, of file: ModelFileIdentity, settings: String
    ) throws(FootprintStoreError) {
        guard resting > 0 else { return }
        footprints.withLock { entries in
            let order = (entries.values.map(\.order).max() ?? 0) + 1
            entries[Key(file: file, settings: settings)] = Footprint(
                file: file, settings: settings, resting: min(resting, Clamped.ceiling),
                peak: max(0, min(peak, Clamped.ceiling)), most: max(0, min(most, Clamped.ceiling)),
                measured: Int(surroundings.time.wallSeconds), order: order)
            entries = Self.bounded(entries)
        }
        try save()
    }

    /// Forgets everything about the model's file, under whatever settings, and writes the file.
    ///
    /// - Returns: how many entries there were.
    @discardableResult
    public func forget(_ path: String) throws(FootprintStoreError) -> Int {
        let count = footprints.withLock { entries in
            let before = entries.count
            entries = entries.filter { $0.key.file.path != path }
            return before - entries.count
        }
        if count > 0 { try save() }
        return count
    }

    private func save() throws(FootprintStoreError) {
        if isNewer { throw FootprintStoreError(description: Self.isNewer(file)) }
        do {
            try writing.withLock { _ in try write() }
        } catch {
            throw FootprintStoreError(description: "\(self.file) cannot be written: \(Self.text(error))")
        }
    }

    // MARK: File

    private static func load(_ file: String, _ files: any FileSystem) throws -> [Footprint] {
        guard let status = try files.status(of: file) else { return [] }
        guard status.bytes <= maximumFileBytes else {
            throw FootprintStoreError(description: "it is longer than \(maximumFileBytes) bytes")
        }
        let data = try files.bytes(of: file)
        let entries = try entries(of: data)
        guard entries.allSatisfy(\.isInRange) else {
            throw FootprintStoreError(description: "it has a figure out of range")
        }
        return entries
    }

    private static func entries(of data: Data) throws -> [Footprint] {
        let decoder = JSONDecoder()
        switch try decoder.decode(Version.self, from: data).version {
        case 1: return try decoder.decode(Document<SingleFootprint>.self, from: data).footprints.map(\.footprint)
        case version: return try decoder.decode(Document<Footprint>.self, from: data).footprints
        case (version + 1)...:
            throw NewerVersion()
        case let other:
            throw FootprintStoreError(description: "it has version \(other), expected \(version) or 1")
        }
    }

    private func write() throws {
        let entries = footprints.withLock { Array($0.values) }.sorted { $0.order < $1.order }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try surroundings.files.replace(file, with: try encoder.encode(Document(footprints: entries)))
    }

    private static func isNewer(_ file: String) -> String {
        "\(file) was written by a newer Ember, and is neither read nor changed"
    }

    private static func moveAside(_ file: String, _ files: any FileSystem, because error: any Error) -> String {
        guard let aside = files.moveAside(file) else {
            return "footprints: \(file) cannot be read (\(text(error))); memory estimates start without measurements"
        }
        return "footprints: \(file) cannot be read (\(text(error))); moved to \(aside), "
            + "memory estimates start without measurements"
    }

    /// One line whatever the error: Foundation's decoding errors describe themselves over several.
    private static func text(_ error: any Error) -> String {
        if let own = error as? FootprintStoreError { return own.description }
        if error is DecodingError { return "it is not the JSON that Ember writes" }
        return FileProblem.reason(of: error)
    }

    private static func bounded(_ entries: [Key: Footprint]) -> [Key: Footprint] {
        guard entries.count > maximumEntries else { return entries }
        let kept = entries.sorted { $0.value.order > $1.value.order }.prefix(maximumEntries)
        return Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
}

private struct NewerVersion: Error {}

extension FootprintStore.Document: Decodable where Entry: Decodable {}
extension FootprintStore.Document: Encodable where Entry: Encodable {}

/// Why footprints could not be read or written, in one line.
public struct FootprintStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}
