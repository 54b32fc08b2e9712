package import EmberConfig
import EmberContext
package import EmberSystem
package import Logging
import Synchronization

/// Saved KV states of slots, of two kinds (`StateOrigin`): prefixes are found by whose they are, conversations by what
/// they begin with. What is found fits the slots that it was saved from, and is the tenant's own.
///
/// What is kept changes at once (`StateCatalogue`), files follow on a queue of their own (`StateFiles`): requests must
/// not wait for the disk. What has been forgotten is not found from then on, and a state that is being written
/// meanwhile is not kept.
///
/// All states are in one folder, on a disk or in memory (tmpfs); none is moved from one to the other.
package final class StateArchive: Sendable {
    private struct State {
        var catalogue = StateCatalogue()
        /// Those that engines are writing, by number.
        var savings: [Int: Saving] = [:]
        var lastSaving = 0
        /// Entries that are forgotten, and whose files could not be removed.
        var leftovers: [Entry] = []
        /// When the next state has come to its end.
        var alarm: (at: TimeSource.Instant, task: Task<Void, Never>)?
        /// Keeps other Embers out; nil where the file system has no locks, or nothing is kept.
        var lock: FileLock?
        var isClosed = false
    }

    private let files: StateFiles
    private let keys: StateKeys
    private let quota: Int
    private let keep: StateKeep
    private let state = Mutex(State())
    private let queue: WorkQueue
    /// Checksums of large files hold up no removal.
    private let sums: WorkQueue
    private let checked = CheckedFiles()
    private let counting: ContextCounting
    private let logger: Logger
    private let time: TimeSource

    /// An Ember that was killed holds its lock for a moment longer.
    private static let tries = FileLock.Tries(11)

    /// Makes the folder where it is missing, for this user only, and takes in what is there. Blocks.
    ///
    /// - Parameters:
    ///   - quota: bytes of all states; 0: none are kept.
    ///   - keys: that the states were saved with; others are of no use, and are removed.
    ///   - keep: how long any state stays.
    package init(
        folder: String, quota: Int, keys: StateKeys = StateKeys(), keep: StateKeep = .unlimited,
        counting: ContextCounting = ContextCounting(), logger: Logger, surroundings: Surroundings
    ) throws {
        assertMayBlock()
        files = StateFiles(folder: folder, surroundings.files, keys)
        (self.keys, self.keep, self.counting, self.logger) = (keys, keep, counting, logger)
        time = surroundings.time
        queue = surroundings.queue("ember.states", isUrgent: false)
        sums = surroundings.queue("ember.checksums", .concurrent, isUrgent: false)
        do throws(FileProblem) {
            try files.makeFolder()
            let lock = try Self.lock(folder)
            self.quota = quota
            state.withLock { $0.lock = lock }
        } catch {
            self.quota = 0
            logger.warning("no KV states are kept in this run: \(error)")
            return
        }
        do throws(FileProblem) { try files.makePrivate() } catch { logger.warning("\(error)") }
        takeIn(try files.contents())
    }

    /// - Returns: nil where the file system has no locks.
    private static func lock(_ folder: String) throws(FileProblem) -> FileLock? {
        do throws(FileLock.Refusal) { return try FileLock(folder: folder, followsLinks: true, tries) } catch {
            if case .unavailable = error { return nil }
            throw FileProblem(
                description: error == .taken
                    ? "another Ember keeps its own in \(folder); give this one another folder with context.state_dir"
                    : "\(folder) cannot be opened (\(error.reason))")
        }
    }

    private func takeIn(_ contents: StateFiles.Contents) {
        let (gone, ended) = state.withLock { state in
            var gone: [Entry] = []
            // One may have been saved in the place of another that a kill has left.
            for entry in contents.entries { gone += state.catalogue.add(entry, until: end(of: entry)) }
            let ended = state.catalogue.dropEnded(at: time.now)
            return (gone + state.catalogue.dropOver(quota), ended)
        }
        counting.count {
            $0.states.damagedStates += contents.refused
            $0.states.expiredStates += ended.count
        }
        if contents.refused > 0 {
            logger.warning(
                "\(contents.refused) saved KV states are removed: they are damaged, or of another key or version"
            )
        }
        remove(gone + ended)
        queue.begin { try? self.files.remove(names: contents.rubbish) }
        setAlarm()
    }

    package var folder: String { files.folder }

    /// How many states there are, and their bytes.
    package var size: (count: Int, bytes: Int) { state.withLock { ($0.catalogue.count, $0.catalogue.bytes) } }

    // MARK: Finding

    /// The state of an owner's prefix that fits; it counts as used now.
    func entry(of owner: SlotOwner, fitting identity: String) -> Entry? {
        guard let owner = StateOrigin.owner(owner, keys) else { return nil }
        return state.withLock { state in
            guard let found = state.catalogue.prefix(of: owner, fitting: identity) else { return nil }
            _ = state.catalogue.use(found)
            return found
        }
    }

    /// The saved conversation that has the longest beginning in common with the prompt, and fits.
    ///
    /// It does not count as used: whether it is worth reading is decided by who asks (`use`).
    package func match(for prompt: SlotHolding, fitting identity: String) -> Match? {
        let scope = StateOrigin.scope(of: prompt.owner, fitting: identity, keys)
        return state.withLock { $0.catalogue.match(for: prompt.chain, in: scope) }
    }

    /// Whether any conversation is saved.
    var hasConversations: Bool { state.withLock { $0.catalogue.hasConversations } }

    /// The state is read now.
    ///
    /// - Returns: whether it is still there.
    @discardableResult
    package func use(_ entry: Entry) -> Bool { state.withLock { $0.catalogue.use(entry) } }

    /// A tenant's states, in the order in which they were saved.
    func entries(of tenant: String) -> [Entry] {
        let belongs = ForgottenStates(tenant: tenant).filter(keys)
        return state.withLock { $0.catalogue.entries(where: belongs) }
    }

    /// Whether the file is as it was saved: a disk, or a hand, may have changed or shortened it.
    func isWhole(_ entry: Entry) async -> Bool {
        let isWhole = await sums.run {
            // Before it is read: what changes meanwhile counts as unknown.
            let (stamp, now) = (FileStamp(file: self.files.path(entry.name)), self.time.now)
            if self.checked.contains(entry.id, stamp, at: now) { return true }
            guard self.files.sum(of: entry.name, upTo: self.quota)?.checksum == entry.checksum else { return false }
            self.checked.note(entry.id, stamp, at: now)
            return true
        }
        if isWhole { return true }
        counting.count { $0.states.damagedStates += 1 }
        return false
    }

    // MARK: Saving

    /// A file for the engine to write the prompt's state to; nil where it is not to be saved.
    ///
    /// A prompt with a lasting prefix is saved as such, any other as a conversation.
    ///
    /// - Parameters:
    ///   - counted: tokens of the prompt alone; 0: not known.
    ///   - isShared: several conversations begin so: a longer one does not take its place.
    package func beginSaving(
        _ prompt: SlotHolding, counted: Int = 0, fitting identity: String, isShared: Bool = false
    ) -> Saving? {
        guard quota > 0, prompt.terms.keep > .none, prompt.owner.isStable || prompt.chain.id != nil,
            prompt.chain.marks.count <= StateRecord.mostMarks
        else { return nil }
        let origin = StateOrigin(prompt, fitting: identity, isShared: isShared, keys)
        return state.withLock { state in
            guard !state.isClosed else { return nil }
            state.lastSaving += 1
            let saving = Saving(
                part: StateFiles.part(state.lastSaving), number: state.lastSaving, origin: origin,
                counted: counted, keepSeconds: prompt.terms.keep.seconds)
            state.savings[saving.number] = saving
            return saving
        }
    }

    /// Takes in a file that is whole, in the place of the same prefix's or conversation's older one.
    ///
    /// - Returns: nil where it was forgotten meanwhile.
    /// - Throws: where it is empty, larger than the quota, or the disk does not take it. Nothing is left of it then.
    @discardableResult
    package func finishSaving(_ saving: Saving, tokens: Int) async throws(FileProblem) -> Entry? {
        let sum = tokens > 0 ? await sums.run { self.files.sum(of: saving.part, upTo: self.quota) } : nil
        guard let sum, sum.bytes > 0 else {
            let isForgotten = giveUpSaving(saving)
            await filesFollow()
            if isForgotten { return nil }
            throw FileProblem(
                description: "the engine has written \(tokens) tokens, and no file that context.state_limit allows")
        }
        return try await queue.run { () throws(FileProblem) in try self.publish(saving, tokens: tokens, sum) }
    }

    /// On the queue, so that what is forgotten meanwhile is removed behind this.
    private func publish(_ saving: Saving, tokens: Int, _ sum: FileSum) throws(FileProblem) -> Entry? {
        let serial: Int? = state.withLock { $0.savings[saving.number] == nil ? nil : $0.catalogue.nextSerial() }
        guard let serial else {
            try files.remove(names: [saving.part])
            return nil
        }
        let entry: Entry
        do throws(FileProblem) {
            entry = try files.publish(saving, tokens: tokens, sum, serial: serial, at: time.wallSeconds)
            checked.note(entry.id, FileStamp(file: files.path(entry.name)), at: time.now)
        } catch {
            state.withLock { $0.savings[saving.number] = nil }
            throw error
        }
        let (isKept, replaced, evicted) = state.withLock { state -> (Bool, [Entry], [Entry]) in
            guard state.savings.removeValue(forKey: saving.number) != nil else { return (false, [entry], []) }
            let replaced = state.catalogue.add(entry, until: end(of: entry))
            return (true, replaced, state.catalogue.dropOver(quota))
        }
        counting.count { $0.states.evictedStates += evicted.count }
        removeNow(replaced + evicted)
        if isKept { setAlarm() }
        return isKept ? entry : nil
    }

    /// - Returns: whether it was forgotten meanwhile.
    @discardableResult
    package func giveUpSaving(_ saving: Saving) -> Bool {
        let isForgotten = state.withLock { $0.savings.removeValue(forKey: saving.number) == nil }
        queue.begin { try? self.files.remove(names: [saving.part]) }
        return isForgotten
    }

    /// A file for the engine to write what is not to be kept, until `endTrial`; nil where no states are kept.
    func beginTrial() -> String? {
        guard quota > 0 else { return nil }
        return state.withLock { state in
            guard !state.isClosed else { return nil }
            state.lastSaving += 1
            return StateFiles.part(state.lastSaving)
        }
    }

    func endTrial(_ part: String) { queue.begin { try? self.files.remove(names: [part]) } }

    // MARK: Going

    /// A state that has proved to be of no use.
    package func drop(_ entry: Entry) {
        if state.withLock({ $0.catalogue.drop(entry) }) { remove([entry]) }
    }

    /// Everything that is named, also what is being written now. Returns once the files are gone.
    ///
    /// An engine that is writing a file may do so until it has ended; then that is removed, too.
    ///
    /// - Returns: how many states there were.
    /// - Throws: where files could not be removed. They are not used any more, and the next call tries again.
    @discardableResult
    func forget(_ what: ForgottenStates) async throws(FileProblem) -> Int {
        let belongs = what.filter(keys)
        let (gone, parts, leftovers) = state.withLock { state in
            let cancelled = state.savings.values.filter { belongs($0.origin) }
            for saving in cancelled { state.savings[saving.number] = nil }
            defer { state.leftovers = [] }
            return (state.catalogue.drop(where: belongs), cancelled.map(\.part), state.leftovers)
        }
        counting.count { $0.states.forgottenStates += gone.count + parts.count }
        try await queue.run { () throws(FileProblem) in
            let problem = self.removeNow(gone + leftovers)
            try self.files.remove(names: parts)
            try self.files.sync()
            if let problem { throw problem }
        }
        return gone.count + parts.count
    }

    /// The conversations of a service that were saved from such slots.
    ///
    /// - Returns: how many there were.
    func dropConversations(of owner: SlotOwner, fitting identity: String) -> Int {
        let scope = StateOrigin.scope(of: owner, fitting: identity, keys)
        let service = keys.digest("service", [owner.service], of: owner.tenant)
        let gone = state.withLock { state in
            state.catalogue.drop { $0.owner == nil && $0.scope == scope && $0.service == service }
        }
        remove(gone)
        return gone.count
    }

    /// States for engines that are not configured any more, or not so.
    func dropAll(exceptFitting identities: [String]) {
        let gone = state.withLock { $0.catalogue.drop { !identities.contains($0.fit) } }
        remove(gone)
        if !gone.isEmpty { logger.info("dropped \(gone.count) saved KV states: they fit no configured model any more") }
    }

    /// Nothing is saved any more, and another Ember may have the folder.
    package func close() async {
        let (lock, alarm) = state.withLock { state in
            state.isClosed = true
            defer { (state.lock, state.alarm) = (nil, nil) }
            return (state.lock, state.alarm)
        }
        alarm?.task.cancel()
        await filesFollow()
        lock?.release()
    }

    // MARK: Their end

    private func end(of entry: Entry) -> TimeSource.Instant? {
        let life = Life(began: entry.life.began, seconds: min(entry.life.seconds, keep.seconds))
        let left = life.left(at: time.wallSeconds)
        return left.isFinite ? time.now + .seconds(max(0, left)) : nil
    }

    private func setAlarm() {
        state.withLock { state in
            guard !state.isClosed, let next = state.catalogue.nextEnd, state.alarm.map({ next < $0.at }) ?? true else {
                return
            }
            state.alarm?.task.cancel()
            let task = time.later(after: time.now.duration(to: next)) { [weak self] in self?.dropEnded() }
            state.alarm = (next, task)
        }
    }

    private func dropEnded() {
        let gone = state.withLock { state in
            state.alarm = nil
            return state.catalogue.dropEnded(at: time.now)
        }
        counting.count { $0.states.expiredStates += gone.count }
        remove(gone)
        setAlarm()
    }

    // MARK: Files

    private func remove(_ entries: [Entry]) {
        guard !entries.isEmpty else { return }
        queue.begin { self.removeNow(entries) }
    }

    @discardableResult
    private func removeNow(_ entries: [Entry]) -> FileProblem? {
        do throws(FileProblem) { try files.remove(entries) } catch {
            state.withLock { $0.leftovers += entries }
            logger.warning("saved KV states could not be removed: \(error)")
            return error
        }
        return nil
    }

    /// Returns once the files are as what is kept says.
    package func filesFollow() async { await queue.run {} }
}
