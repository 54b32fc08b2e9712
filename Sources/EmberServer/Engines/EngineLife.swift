import EmberCore
import EmberEngine

/// The life of one instance's engine: what there is of it now, and what is remembered from one engine to the next.
///
/// It starts and stops nothing: each change returns what `EngineKeeper` needs to act on it.
struct EngineLife {
    enum State {
        /// There is no process.
        case absent
        /// Its load runs.
        case starting(Task<Void, Never>)
        case resident(Resident)
        /// The planner has unloaded it, or Ember ends: the engine saves what is worth it and stops, or its load is
        /// ended.
        case leaving(Leaving)
    }

    struct Resident {
        let engine: any ResidentEngine
        /// What it was started from.
        let model: ServedModel
        /// It takes more memory than it can have, and is being ended.
        var isOverBudget = false
        /// Tokens of idle conversations that must leave its slots before the next request is sent to it.
        var room = 0
    }

    struct Leaving {
        /// nil: its load had not ended.
        let engine: (any ResidentEngine)?
        /// What it was started from.
        var model: ServedModel?
        /// Ends once nothing is left of the engine.
        var unload: Task<Void, Never>?
    }

    private(set) var state = State.absent
    /// A model that is wanted from the start has failed: loads it again once its backoff has ended.
    private(set) var comeback: Task<Void, Never>?
    /// It is to be loaded again once it has left.
    private var returnsOnceGone = false
    /// Why its last load or its last engine has failed; nil: it has not, or a load has succeeded since.
    private(set) var lastFailure: String?
    /// What the last engine took that was ended over the budget.
    private(set) var overrun: Overrun?
    var memory: MemoryWatch

    init(learnt: LearntMemory?) { memory = MemoryWatch(learnt: learnt) }

    // MARK: State

    /// The engine, as long as requests may be sent to it.
    var engine: (any ResidentEngine)? {
        if case .resident(let resident) = state { resident.engine } else { nil }
    }

    /// The adapters of the resident engine.
    var adapters: [String] {
        if case .resident(let resident) = state { resident.model.adapterFiles } else { [] }
    }

    /// What the engine was started from that is resident, or that is leaving.
    var startedFrom: ServedModel? {
        switch state {
        case .resident(let resident): resident.model
        case .leaving(let leaving): leaving.model
        case .absent, .starting: nil
        }
    }

    var isStarting: Bool { if case .starting = state { true } else { false } }

    /// Whether there is nothing of it, and nothing will be by itself.
    var isAbsent: Bool { if case .absent = state { true } else { false } }

    /// The engine that is being stopped.
    var leavingEngine: (any ResidentEngine)? {
        if case .leaving(let leaving) = state { leaving.engine } else { nil }
    }

    var isOverBudget: Bool {
        if case .resident(let resident) = state { resident.isOverBudget } else { false }
    }

    mutating func start(_ load: Task<Void, Never>) {
        guard case .absent = state else { preconditionFailure("an instance is loaded once at a time") }
        state = .starting(load)
    }

    /// Ends the load, which is then taken back: its settings have changed.
    func cancelStart() {
        if case .starting(let load) = state { load.cancel() }
    }

    /// The load has ended without an engine.
    mutating func endStart() {
        if case .starting = state { state = .absent }
    }

    /// The load has ended well. What an earlier engine has died of says nothing of this one.
    mutating func becomeResident(_ engine: any ResidentEngine, from model: ServedModel) {
        guard case .starting = state else { preconditionFailure("only an engine that starts becomes resident") }
        state = .resident(Resident(engine: engine, model: model))
        lastFailure = nil
    }

    /// - Returns: the engine to stop, or the load to end.
    mutating func beginLeaving() -> (engine: (any ResidentEngine)?, load: Task<Void, Never>?) {
        let (engine, model) = (engine, startedFrom)
        var load: Task<Void, Never>?
        if case .starting(let task) = state { load = task }
        state = .leaving(Leaving(engine: engine, model: model))
        return (engine, load)
    }

    mutating func leave(by unload: Task<Void, Never>) {
        guard case .leaving(var leaving) = state else { preconditionFailure("only what is leaving is unloaded") }
        leaving.unload = unload
        state = .leaving(leaving)
    }

    /// Nothing is left of the engine.
    ///
    /// - Returns: whether it is to be loaded again.
    mutating func endLeaving() -> Bool {
        state = .absent
        defer { returnsOnceGone = false }
        return returnsOnceGone
    }

    /// The engine is about to be ended for the memory that it takes.
    mutating func markOverBudget() {
        guard case .resident(var resident) = state else { return }
        resident.isOverBudget = true
        state = .resident(resident)
    }

    /// More tokens of idle conversations must leave the engine's slots.
    mutating func needRoom(_ tokens: Int) {
        guard case .resident(var resident) = state else { return }
        resident.room += tokens
        state = .resident(resident)
    }

    /// A request is sent to the engine, which makes the room that is needed.
    mutating func takeRoom() -> Int {
        guard case .resident(var resident) = state, resident.room > 0 else { return 0 }
        let room = resident.room
        resident.room = 0
        state = .resident(resident)
        return room
    }

    /// The engine has ended without having been stopped.
    ///
    /// - Returns: false where that is known already, or where the engine was leaving.
    mutating func end(_ engine: any ResidentEngine) -> Bool {
        guard self.engine === engine else { return false }
        state = .absent
        return true
    }

    /// Ember ends.
    ///
    /// - Returns: the engine to stop, and what else has to end.
    mutating func shutDown() -> (engine: (any ResidentEngine)?, rest: Task<Void, Never>?) {
        switch state {
        case .absent: return (nil, nil)
        case .starting(let load):
            load.cancel()
            state = .leaving(Leaving(engine: nil, unload: load))
            return (nil, load)
        case .resident(let resident):
            state = .leaving(Leaving(engine: resident.engine))
            return (resident.engine, nil)
        case .leaving(let leaving): return (nil, leaving.unload)
        }
    }

    // MARK: Failures and returns

    mutating func fail(because reason: String) { lastFailure = reason }

    mutating func fail(by overrun: Overrun) {
        self.overrun = overrun
        lastFailure = "it took \(overrun)"
    }

    /// What was learnt of the memory that it takes is forgotten.
    mutating func forgetOverrun() { overrun = nil }

    /// The files of its model are others now: earlier failures say nothing of them.
    mutating func forgetFailures() {
        lastFailure = nil
        overrun = nil
    }

    mutating func comeBack(by comeback: Task<Void, Never>) { self.comeback = comeback }

    func cancelComeback() { comeback?.cancel() }

    /// Has the engine loaded again once it has left.
    mutating func expectReturn() { returnsOnceGone = true }

    mutating func cancelReturn() { returnsOnceGone = false }
}
