import EmberContext
import EmberSystem
import Foundation

/// The files of saved states, in a folder of their own: `ID.kv`, which engines write and read, and its record
/// `ID.meta`.
///
/// A state is there from the moment when its file gets that name, which is after its record is whole; it is gone when
/// that file is. So a kill at any moment leaves a whole state, or files that the next start removes: parts, records
/// without a state, states without a record. What only a power failure can leave, such as a file shorter than it was,
/// is known by the record's name or by the state's size and checksum.
struct StateFiles: Sendable {
    static let ending = ".kv"
    private static let recordEnding = ".meta"
    private static let partEnding = ".part"

    let folder: String
    private let files: any FileSystem
    private let keys: StateKeys

    init(folder: String, _ files: any FileSystem, _ keys: StateKeys) {
        (self.folder, self.files, self.keys) = (folder, files, keys)
    }

    /// Makes the folder where it is missing, for this user only.
    func makeFolder() throws(FileProblem) { try files.makeFolder(folder, isPrivate: true) }

    /// Keeps other users out of a folder that was there already.
    func makePrivate() throws(FileProblem) { try files.makePrivate(folder) }

    func path(_ name: String) -> String { folder + "/" + name }

    // MARK: At the start

    /// What is in the folder.
    struct Contents {
        var entries: [StateArchive.Entry] = []
        /// States that are not as they were saved, or were saved by an Ember with another key, or before there were
        /// records.
        var refused = 0
        /// Files of Ember's that belong to no state.
        var rubbish: [String] = []
    }

    func contents() throws(FileProblem) -> Contents {
        var contents = Contents()
        var (records, states): (Set<String>, [String]) = ([], [])
        for name in try files.names(in: folder) {
            if name.hasSuffix(Self.ending) {
                states.append(String(name.dropLast(Self.ending.count)))
            } else if name.hasSuffix(Self.recordEnding) {
                records.insert(String(name.dropLast(Self.recordEnding.count)))
            } else if name.hasSuffix(Self.partEnding) {
                contents.rubbish.append(name)
            }
        }
        for stem in states {
            let hasRecord = records.remove(stem) != nil
            if hasRecord, let entry = entry(stem) {
                contents.entries.append(entry)
            } else {
                contents.refused += 1
                contents.rubbish += [stem + Self.ending] + (hasRecord ? [stem + Self.recordEnding] : [])
            }
        }
        contents.rubbish += records.sorted().map { $0 + Self.recordEnding }
        contents.entries.sort { $0.serial < $1.serial }
        return contents
    }

    private func entry(_ stem: String) -> StateArchive.Entry? {
        guard let id = KeyedDigest(hexadecimal: stem),
            let data = try? files.bytes(of: path(stem + Self.recordEnding), upTo: StateRecord.mostBytes + 1)
        else { return nil }
        let bytes = Array(data)
        guard keys.name(ofRecord: bytes) == id, let entry = StateRecord.entry(bytes, id: id),
            let status = try? files.status(of: path(entry.name)), status.bytes == entry.bytes, !status.isFolder
        else { return nil }
        return entry
    }

    // MARK: Saving

    /// A name that an engine may write to.
    static func part(_ number: Int) -> String {
        "\(ProcessInfo.processInfo.processIdentifier)-\(number)\(partEnding)"
    }

    /// A part as its checksum says it is.
    func sum(of name: String, upTo limit: Int) -> FileSum? { FileSum.read(path(name), upTo: limit, files: files) }

    /// Gives a whole part its name, and a record.
    ///
    /// - Throws: nothing is left of either then.
    func publish(
        _ saving: StateArchive.Saving, tokens: Int, _ sum: FileSum, serial: Int, at time: Double
    ) throws(FileProblem) -> StateArchive.Entry {
        let life = StateArchive.Life(began: time, seconds: saving.keepSeconds)
        let bytes = StateRecord.bytes(
            saving.origin, tokens: tokens, counted: saving.counted, sum: sum, serial: serial, life)
        let id = keys.name(ofRecord: bytes)
        let record = path(id.hexadecimal + Self.recordEnding)
        do throws(FileProblem) {
            guard bytes.count <= StateRecord.mostBytes, let entry = StateRecord.entry(bytes, id: id) else {
                throw FileProblem(description: "\(record) would be longer than a record may be")
            }
            try files.open(record, for: .replacing(isPrivate: true)).write(Data(bytes))
            try files.makePrivate(path(saving.part))
            try files.rename(path(saving.part), to: path(entry.name))
            return entry
        } catch {
            try? files.remove(path(saving.part))
            try? files.remove(record)
            throw error
        }
    }

    // MARK: Removing

    /// Removes states: first what makes them count.
    func remove(_ entries: [StateArchive.Entry]) throws(FileProblem) {
        var problem: FileProblem?
        for entry in entries {
            do throws(FileProblem) { try files.remove(path(entry.name)) } catch { problem = problem ?? error }
            do throws(FileProblem) { try files.remove(path(entry.id.hexadecimal + Self.recordEnding)) } catch {
                problem = problem ?? error
            }
        }
        if let problem { throw problem }
    }

    /// Removes files, or what else has these names.
    func remove(names: [String]) throws(FileProblem) {
        var problem: FileProblem?
        for name in names {
            do throws(FileProblem) { try files.removeFolder(path(name)) } catch { problem = problem ?? error }
        }
        if let problem { throw problem }
    }

    /// Returns once it is on the disk what has been removed.
    func sync() throws(FileProblem) { try files.syncFolder(folder) }
}
