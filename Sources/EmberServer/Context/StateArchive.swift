import EmberCore
import Foundation
import Logging
import Synchronization

/// Saved KV states of slots: files in a folder of their own, named by digests, found again by whose they are and what they
/// fit. The longest unused go first when the quota is reached.
///
/// A file counts only under its final name, which it gets once it is whole; what a kill has left half-written is removed
/// at the next start. Names hold no text of anybody's: `OWNER-FIT-PREFIX-TOKENS.kv`.
final class StateArchive: Sendable {
    struct Entry: Sendable, Hashable {
        let name: String
        /// The digest of the prefix that it begins with.
        let prefix: String
        let tokens: Int
        let bytes: Int
    }

    private struct State {
        /// By owner and fit, the oldest use first.
        var entries: [(key: String, entry: Entry)] = []
        var serial = 0
    }

    let folder: String
    private let quota: Int
    private let logger: Logger
    private let state = Mutex(State())

    private static let ending = ".kv"
    private static let partEnding = ".part"

    /// Makes the folder where it is missing, for this user only, and takes in what is there.
    init(folder: String, quota: Int, logger: Logger) throws {
        self.folder = folder
        self.quota = quota
        self.logger = logger
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
        var found: [(date: Date, key: String, entry: Entry)] = []
        for name in try manager.contentsOfDirectory(atPath: folder) {
            if name.hasSuffix(Self.partEnding) { try? manager.removeItem(atPath: path(name)) }
            guard let (key, prefix, tokens) = Self.parse(name),
                let attributes = try? manager.attributesOfItem(atPath: path(name))
            else { continue }
            let entry = Entry(name: name, prefix: prefix, tokens: tokens, bytes: attributes[.size] as? Int ?? 0)
            found.append((attributes[.modificationDate] as? Date ?? .distantPast, key, entry))
        }
        let entries = found.sorted { $0.date < $1.date }.map { (key: $0.key, entry: $0.entry) }
        state.withLock { $0.entries = entries }
        shrink()
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
        let serial = state.withLock { state in
            state.serial += 1
            return state.serial
        }
        return "\(ProcessInfo.processInfo.processIdentifier)-\(serial)\(Self.partEnding)"
    }

    /// Takes in a file that is whole, in the place of the owner's older one.
    ///
    /// - Returns: whether it was kept: not when it is empty, or larger than the quota.
    func finishSaving(_ part: String, of owner: SlotOwner, fitting identity: String, prefix: String, tokens: Int)
        -> Bool
    {
        let manager = FileManager.default
        let bytes = (try? manager.attributesOfItem(atPath: path(part)))?[.size] as? Int ?? 0
        guard tokens > 0, bytes > 0, bytes <= quota else {
            giveUpSaving(part)
            return false
        }
        let key = Self.key(owner, identity)
        let name = "\(key)-\(prefix)-\(tokens)\(Self.ending)"
        try? manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path(part))
        let older = state.withLock { state in
            let older = state.entries.filter { $0.key == key }.map(\.entry)
            state.entries.removeAll { $0.key == key }
            return older
        }
        guard rename(path(part), path(name)) == 0 else {
            giveUpSaving(part)
            return false
        }
        for entry in older where entry.name != name { try? manager.removeItem(atPath: path(entry.name)) }
        state.withLock { $0.entries.append((key, Entry(name: name, prefix: prefix, tokens: tokens, bytes: bytes))) }
        shrink()
        return true
    }

    func giveUpSaving(_ part: String) { try? FileManager.default.removeItem(atPath: path(part)) }

    /// A state that has proved to be of no use.
    func drop(_ entry: Entry) {
        state.withLock { $0.entries.removeAll { $0.entry.name == entry.name } }
        try? FileManager.default.removeItem(atPath: path(entry.name))
    }

    /// Everything of a tenant's service, as when its demonstrations are removed.
    func drop(tenant: String, service: String) {
        let scope = Self.scopeDigest(tenant: tenant, service: service)
        let gone = state.withLock { state in
            let gone = state.entries.filter { $0.key.hasPrefix(scope) }.map(\.entry)
            state.entries.removeAll { $0.key.hasPrefix(scope) }
            return gone
        }
        for entry in gone { try? FileManager.default.removeItem(atPath: path(entry.name)) }
    }

    /// States for engines that are not configured any more, or not so.
    func dropAll(exceptFitting identities: Set<String>) {
        let gone = state.withLock { state in
            let gone = state.entries.filter { entry in !identities.contains { entry.key.hasSuffix($0) } }.map(\.entry)
            state.entries.removeAll { gone.contains($0.entry) }
            return gone
        }
        for entry in gone { try? FileManager.default.removeItem(atPath: path(entry.name)) }
        if !gone.isEmpty { logger.info("dropped \(gone.count) saved KV states: they fit no configured model any more") }
    }

    private func shrink() {
        let gone = state.withLock { state in
            var gone: [Entry] = []
            var bytes = state.entries.reduce(0) { $0 + $1.entry.bytes }
            while bytes > quota, !state.entries.isEmpty {
                let entry = state.entries.removeFirst().entry
                bytes -= entry.bytes
                gone.append(entry)
            }
            return gone
        }
        for entry in gone { try? FileManager.default.removeItem(atPath: path(entry.name)) }
    }

    private func path(_ name: String) -> String { folder + "/" + name }

    // MARK: Names

    private static func scopeDigest(tenant: String, service: String) -> String {
        Digest.hex([tenant, service], bytes: 8)
    }

    private static func ownerDigest(_ owner: SlotOwner) -> String {
        scopeDigest(tenant: owner.tenant, service: owner.service) + Digest.hex([owner.prefix, owner.variant], bytes: 8)
    }

    private static func key(_ owner: SlotOwner, _ identity: String) -> String { ownerDigest(owner) + "-" + identity }

    private static func parse(_ name: String) -> (key: String, prefix: String, tokens: Int)? {
        guard name.hasSuffix(ending) else { return nil }
        let parts = name.dropLast(ending.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, let tokens = Int(parts[3]) else { return nil }
        return ("\(parts[0])-\(parts[1])", String(parts[2]), tokens)
    }
}
