import EmberCore
import EmberEngine
import EmberSystem
import Logging
import Synchronization

/// What all engines' slots are seen to with.
struct SlotTools: Sendable {
    let talk: EngineTalk
    let archive: StateArchive
    let counting: ContextCounting
    /// What engines keep of prompts.
    var kept = KeptStatesBook()
    /// What was learnt of saving and restoring.
    var book = SavingBook()
    /// How long a request may wait for a slot that is clean, where there are several tenants.
    var patienceSeconds = 120.0
    let logger: Logger
    let time: TimeSource
}

/// The slots of all resident engines that have any.
final class SlotPool: Sendable {
    let tools: SlotTools
    /// In the order in which the engines were first used.
    private let all = Mutex<[(engine: ObjectIdentifier, slots: EngineSlots)]>([])

    init(_ tools: SlotTools) { self.tools = tools }

    /// nil: they were never used.
    subscript(engine: any ResidentEngine) -> EngineSlots? {
        all.withLock { all in all.first { $0.engine == ObjectIdentifier(engine) }?.slots }
    }

    /// - Parameter report: has the planner take how many tokens free slots hold, each time that it may have changed.
    func slots(
        of engine: any ResidentEngine, of model: String, _ instance: InstanceID, _ layout: SlotLayout,
        report: @escaping HeldTokens.Report
    ) -> EngineSlots {
        all.withLock { all in
            if let known = all.first(where: { $0.engine == ObjectIdentifier(engine) }) { return known.slots }
            let slots = EngineSlots(engine, of: model, layout, tools, instance: instance, report: report)
            all.append((ObjectIdentifier(engine), slots))
            return slots
        }
    }

    /// The engine serves no more requests.
    ///
    /// - Returns: nil where its slots were never used.
    func remove(_ engine: any ResidentEngine) -> EngineSlots? {
        all.withLock { all in
            all.firstIndex { $0.engine == ObjectIdentifier(engine) }.map { all.remove(at: $0).slots }
        }
    }

    /// Ember ends: no request is given a slot any more, and nothing is computed ahead.
    func end() async {
        for (_, slots) in all.withLock({ $0 }) { await slots.end() }
    }

    /// What all engines' slots hold of a tenant's prompts.
    func conversations(of tenant: String) async -> [ConversationView] {
        var all: [ConversationView] = []
        for (_, slots) in self.all.withLock({ $0 }) { all += await slots.conversations(of: tenant) }
        return all
    }

    /// Nothing of that is left, in files or in slots that are free.
    ///
    /// - Returns: how many states and slots had any.
    /// - Throws: where files could not be removed.
    func forget(_ what: ForgottenStates) async throws(FileProblem) -> (states: Int, slots: Int) {
        var what = what
        let all = all.withLock { $0 }
        // What goes is known by its chains before it goes. The slots first: what they held is not saved any more then.
        what.note(tools.archive.entries(of: what.tenant).map(\.origin.chain))
        for (_, slots) in all { what.note(await slots.board.chains) }
        var count = 0
        for (_, slots) in all { count += await slots.forget(what) }
        return (try await tools.archive.forget(what), count)
    }
}
