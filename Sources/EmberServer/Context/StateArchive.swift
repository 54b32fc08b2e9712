import EmberCore
import EmberSystem
import Foundation
import Logging
import Synchronization

/// Saved KV states of slots: files in a folder of their own, named by digests, found again by whose they are and what
/// they fit. The longest unused go first when the quota is reached; after a start, the ones saved first.
///
/// A file counts only under its final name, which it gets once it is whole; what a kill has left half-written is
/// removed at the next start. Its name has the checksum that it had then, and a file that has come to have another one
/// is not given to an engine. Names hold no text of a user's: `OWNER-FIT-PREFIX-TOKENS-SERIAL-CHECKSUM.kv`. Serials
/// count, as clocks may go back.
///
/// What is kept changes at once, files follow on a queue of their own: requests must not wait for the disk.
final class StateArchive: Sendable {
    struct Entry: Sendable, Hashable {
        let name: String
        /// The digest of the prefix that it begins with.
        let prefix: String
        let tokens: Int
        let bytes: Int
        /// As the file had it when it was saved.
        let checksum: String
    }

    private struct State {
        /// By owner and fit, the oldest use first.
        var entries: [(key: String, entry: Entry)] = []
        /// Of files that engines write to.
        var parts = 0
        /// Of the state saved last.
        var serial = 0

        mutating func nextSerial() -> Int {
            serial += 1
            return serial
        }
    }

    let folder: String
    private let quota: Int
    private let logger: Logger
    private let state = Mutex(State())
    private let files: any FileSystem
    private let queue: WorkQueue
    /// Checksums of large files hold up no removal.
    private let sums: WorkQueue

    fileprivate static let ending = ".kv"
    private static let partEnding = ".part"

    /// Makes the folder where it is missing, for this user only, and takes in what is there. Blocks.
    init(folder: String, quota: Int, logger: Logger, surroundings: Surroundings) throws {
        assertMayBlock()
        self.folder = folder
        self.logger = logger
        files = surroundings.files
        queue = surroundings.queue("ember.states", isUrgent: false)
        sums = surroundings.queue("ember.checksums", .concurrent, isUrgent: false)
        do throws(FileProblem) { try files.makeFolder(folder, isPrivate: true) } catch {
            self.quota = 0
            logger.warning("no KV states are kept in this run: \(error)")
            return
        }
        self.quota = quota
        do throws(FileProblem) { try files.makePrivate(folder) } catch { logger.warning("\(error)") }
        var found: [Name] = []
        for text in try files.names(in: folder) {
            // An earlier Ember's states have no checksum.
            if text.hasSuffix(Self.partEnding) || text.hasSuffix(Self.ending) && Name(text) == nil {
                try? files.removeFolder(path(text))
            }
            if let name = Name(text) { found.append(name) }
        }
        let entries = found.sorted { $0.serial < $1.serial }.map { name in
            (key: name.key, entry: name.entry(bytes: (try? files.status(of: path(name.text)))?.bytes ?? 0))
        }
        state.withLock { ($0.entries, $0.serial) = (entries, found.map(\.serial).max() ?? 0) }
        remove(takeOverQuota())
    }

    /// How many states there are, and their bytes.
    var size: (count: Int, bytes: Int) {
        state.withLock { state in (state.entries.count, state.entries.reduce(0) { $0 + $1.entry.bytes }) }
    }

    /// The state of an owner that fits; it counts as used now.
    func entry(of owner: SlotOwner, fitting identity: String) -> Entry? {
        let key = Self.key(owner, identity)
        return state.withLock { state in
            guard let index = state.entries.lastIndex(where: { $0.key == key }) else { return nil }
            let found = state.entries.remove(at: index)
            state.entries.append(found)
            return found.entry
        }
    }

    /// A name for the engine to write to; nil where nothing is to be saved.
    func beginSaving() -> String? {
        guard quota > 0 else { return nil }
        let number = state.withLock { state in
            state.parts += 1
            return state.parts
        }
        return "\(ProcessInfo.processInfo.processIdentifier)-\(number)\(Self.partEnding)"
    }

    /// Takes in a file that is whole, in the place of the owner's older one.
    ///
    /// - Returns: whether it was kept: not when it is empty, or larger than the quota.
    func finishSaving(
        _ part: String, of owner: SlotOwner, fitting identity: String, prefix: String, tokens: Int
    ) async -> Bool {
        let sum = tokens > 0 ? await sum(of: part) : nil
        guard let sum, sum.bytes > 0 else {
            giveUpSaving(part)
            await filesFollow()
            return false
        }
        let key = Self.key(owner, identity)
        let name = state.withLock { state in
            Name(key: key, prefix: prefix, tokens: tokens, serial: state.nextSerial(), checksum: sum.checksum)
        }
        guard await queue.run({ self.giveName(name.text, to: part) }) else {
            giveUpSaving(part)
            await filesFollow()
            return false
        }
        let older = state.withLock { state in
            let older = state.entries.filter { $0.key == key }.map(\.entry)
            state.entries.removeAll { $0.key == key }
            state.entries.append((key, name.entry(bytes: sum.bytes)))
            return older
        }
        remove(older + takeOverQuota())
        await filesFollow()
        return true
    }

    private func giveName(_ name: String, to part: String) -> Bool {
        try? files.makePrivate(path(part))
        return (try? files.rename(path(part), to: path(name))) != nil
    }

    private func sum(of name: String) async -> FileSum? {
        await sums.run { FileSum.read(self.path(name), upTo: self.quota, files: self.files) }
    }

    /// Whether the file is as it was saved: a disk, or a hand, may have changed or shortened it.
    func isWhole(_ entry: Entry) async -> Bool {
        await sum(of: entry.name)?.checksum == entry.checksum
    }

    func giveUpSaving(_ part: String) { remove([part]) }

    /// A state that has proved to be of no use.
    func drop(_ entry: Entry) {
        state.withLock { $0.entries.removeAll { $0.entry.name == entry.name } }
        remove([entry])
    }

    /// Everything of a tenant's service, as when its demonstrations are removed.
    ///
    /// Returns once the files are gone.
    func drop(tenant: String, service: String) async {
        let scope = Self.scopeDigest(tenant: tenant, service: service)
        let gone = state.withLock { state in
            let gone = state.entries.filter { $0.key.hasPrefix(scope) }.map(\.entry)
            state.entries.removeAll { $0.key.hasPrefix(scope) }
            return gone
        }
        remove(gone)
        await filesFollow()
    }

    /// States for engines that are not configured any more, or not so.
    func dropAll(exceptFitting identities: [String]) {
        let gone = state.withLock { state in
            let gone = state.entries.filter { entry in !identities.contains { entry.key.hasSuffix($0) } }.map(\.entry)
            state.entries.removeAll { gone.contains($0.entry) }
            return gone
        }
        remove(gone)
        if !gone.isEmpty { logger.info("dropped \(gone.count) saved KV states: they fit no configured model any more") }
    }

    /// What is too much goes; the longest unused first.
    private func takeOverQuota() -> [Entry] {
        state.withLock { state in
            var gone: [Entry] = []
            var bytes = state.entries.reduce(0) { $0 + $1.entry.bytes }
            while bytes > quota, !state.entries.isEmpty {
                let entry = state.entries.removeFirst().entry
                bytes -= entry.bytes
                gone.append(entry)
            }
            return gone
        }
    }

    // MARK: Files

    private func remove(_ entries: [Entry]) { remove(entries.map(\.name)) }

    private func remove(_ names: [String]) {
        guard !names.isEmpty else { return }
        queue.begin {
            for name in names { try? self.files.removeFolder(self.path(name)) }
        }
    }

    /// Returns once the files are as what is kept says.
    func filesFollow() async { await queue.run {} }

    private func path(_ name: String) -> String { folder + "/" + name }

    // MARK: Names

    private static func scopeDigest(tenant: String, service: String) -> String {
        Digest.hex([tenant, service], bytes: 8)
    }

    private static func ownerDigest(_ owner: SlotOwner) -> String {
        scopeDigest(tenant: owner.tenant, service: owner.service) + Digest.hex([owner.prefix, owner.variant], bytes: 8)
    }

    private static func key(_ owner: SlotOwner, _ identity: String) -> String { ownerDigest(owner) + "-" + identity }

    /// What a file's name says.
    fileprivate struct Name {
        let key: String
        let prefix: String
        let tokens: Int
        let serial: Int
        let checksum: String

        var text: String { "\(key)-\(prefix)-\(tokens)-\(serial)-\(checksum)\(StateArchive.ending)" }

        func entry(bytes: Int) -> Entry {
            Entry(name: text, prefix: prefix, tokens: tokens, bytes: bytes, checksum: checksum)
        }
    }
}

extension StateArchive.Name {
    fileprivate init?(_ text: String) {
        guard text.hasSuffix(StateArchive.ending) else { return nil }
        let parts = text.dropLast(StateArchive.ending.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 6, let tokens = Int(parts[3]), let serial = Int(parts[4]), serial < 1 << 48 else {
            return nil
        }
        self.init(
            key: "\(parts[0])-\(parts[1])", prefix: String(parts[2]), tokens: tokens, serial: serial,
            checksum: String(parts[5]))
    }
}
