import EmberContext
import EmberSystem

/// The states that the archive has: finds them, and decides which go. In memory alone; touches no file.
struct StateCatalogue: Sendable {
    private struct Held: Sendable {
        let entry: StateArchive.Entry
        /// After this it goes; nil: it has no limit.
        let end: TimeSource.Instant?
    }

    /// What decides which state goes first: a few numbers, as all states are compared while requests wait.
    private struct Usage: Sendable {
        let bytes: Int
        /// Counts all uses. At the start the order in which states were saved.
        var last: Int

        func waste(at number: Int) -> Double { Double(bytes) * Double(number - last) }
    }

    /// Where a prefix is looked for.
    private struct Place: Hashable {
        let owner: KeyedDigest
        let fit: String

        init(_ owner: KeyedDigest, _ fit: String) { (self.owner, self.fit) = (owner, fit) }
    }

    /// By serial.
    private var held: [Int: Held] = [:]
    private var usage: [Int: Usage] = [:]
    private var prefixes: [Place: Int] = [:]
    private var conversations: [StateScope: ChainIndex] = [:]
    private(set) var bytes = 0
    /// No state goes before, for its age; nil: none has a limit.
    private(set) var nextEnd: TimeSource.Instant?
    /// Of saves and uses.
    private var lastNumber = 0

    var count: Int { held.count }
    var hasConversations: Bool { !conversations.isEmpty }

    /// Of the next state that is saved.
    mutating func nextSerial() -> Int {
        lastNumber += 1
        return lastNumber
    }

    /// - Parameter end: when the state goes at the latest.
    /// - Returns: the states in whose place it comes.
    mutating func add(_ entry: StateArchive.Entry, until end: TimeSource.Instant?) -> [StateArchive.Entry] {
        let former = replaced(by: entry.origin).map { remove($0) }
        lastNumber = max(lastNumber, entry.serial)
        held[entry.serial] = Held(entry: entry, end: end)
        usage[entry.serial] = Usage(bytes: entry.bytes, last: entry.serial)
        if let end { nextEnd = min(nextEnd ?? end, end) }
        bytes += entry.bytes
        if let owner = entry.origin.owner {
            prefixes[Place(owner, entry.origin.fit)] = entry.serial
        } else {
            conversations[entry.origin.scope, default: ChainIndex()].insert(entry.origin.chain, serial: entry.serial)
        }
        return former.compactMap(\.self)
    }

    /// An older state of the same prefix, or of the same conversation when that was shorter.
    private func replaced(by origin: StateOrigin) -> [Int] {
        if let owner = origin.owner { return prefixes[Place(owner, origin.fit)].map { [$0] } ?? [] }
        let beginnings = conversations[origin.scope]?.beginnings(of: origin.chain) ?? []
        return beginnings.filter { serial in
            guard let older = held[serial]?.entry.origin else { return false }
            // What others have in common stays, unless this is the same.
            return !older.isShared || older.chain.bytes == origin.chain.bytes
        }
    }

    private mutating func remove(_ serial: Int) -> StateArchive.Entry? {
        guard let entry = held.removeValue(forKey: serial)?.entry else { return nil }
        usage[serial] = nil
        bytes -= entry.bytes
        if let owner = entry.origin.owner {
            prefixes[Place(owner, entry.origin.fit)] = nil
        } else {
            conversations[entry.origin.scope]?.remove(entry.origin.chain, serial: serial)
            if conversations[entry.origin.scope]?.isEmpty == true { conversations[entry.origin.scope] = nil }
        }
        return entry
    }

    // MARK: Finding

    func prefix(of owner: KeyedDigest, fitting identity: String) -> StateArchive.Entry? {
        prefixes[Place(owner, identity)].flatMap { held[$0]?.entry }
    }

    func match(for chain: PromptChain, in scope: StateScope) -> StateArchive.Match? {
        guard let found = conversations[scope]?.longest(for: chain), let entry = held[found.serial]?.entry else {
            return nil
        }
        return StateArchive.Match(entry: entry, sharedBytes: found.sharedBytes)
    }

    /// In the order in which they were saved.
    func entries(where belongs: (StateOrigin) -> Bool) -> [StateArchive.Entry] {
        held.values.map(\.entry).filter { belongs($0.origin) }.sorted { $0.serial < $1.serial }
    }

    /// - Returns: whether it is there.
    mutating func use(_ entry: StateArchive.Entry) -> Bool {
        guard held[entry.serial]?.entry.id == entry.id else { return false }
        lastNumber += 1
        usage[entry.serial]?.last = lastNumber
        return true
    }

    // MARK: Going

    /// - Returns: whether it was there.
    mutating func drop(_ entry: StateArchive.Entry) -> Bool {
        guard held[entry.serial]?.entry == entry else { return false }
        return remove(entry.serial) != nil
    }

    mutating func drop(where goes: (StateOrigin) -> Bool) -> [StateArchive.Entry] {
        entries(where: goes).compactMap { remove($0.serial) }
    }

    /// What is too much goes: first what has taken the most bytes for the longest without a use, both multiplied. The
    /// time is counted in uses of any state: clocks may go back.
    mutating func dropOver(_ quota: Int) -> [StateArchive.Entry] {
        var gone: [StateArchive.Entry] = []
        while bytes > quota, let serial = mostWasteful, let entry = remove(serial) { gone.append(entry) }
        return gone
    }

    /// Of equal ones the one that was saved first.
    private var mostWasteful: Int? {
        usage.max { ($0.value.waste(at: lastNumber), $1.key) < ($1.value.waste(at: lastNumber), $0.key) }?.key
    }

    mutating func dropEnded(at now: TimeSource.Instant) -> [StateArchive.Entry] {
        let ended = held.filter { one in one.value.end.map { $0 <= now } ?? false }.keys.sorted()
        let gone = ended.compactMap { remove($0) }
        nextEnd = held.values.compactMap(\.end).min()
        return gone
    }
}
