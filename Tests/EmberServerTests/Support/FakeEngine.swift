import Synchronization

@testable import EmberEngine
@testable import EmberServer

typealias Later = EmberEngine.Promise

/// What a start, a stop or an answer waits for until the test opens it.
final class Gate: Sendable {
    private let opened = Later<Void>()

    func open() { opened.fulfil(()) }

    /// False when the waiting task was cancelled before.
    func wait() async -> Bool { await opened.valueUnlessCancelled() != nil }
}

/// An engine without a process, which ends when a test says so.
final class FakeEngine: ResidentEngine {
    let model: String
    let baseURL: String
    let engineProcess: Int32? = nil
    private let stopGate: Gate?
    private let ended = Later<EngineExit>()
    private let stops = Mutex(0)
    private let kills = Mutex(0)
    private let overBudget = Mutex(0)
    private let process: Mutex<Int32?>

    init(model: String, baseURL: String, stopGate: Gate? = nil, process: Int32? = nil) {
        self.model = model
        self.baseURL = baseURL
        self.stopGate = stopGate
        self.process = Mutex(process)
    }

    /// Whose memory counts as the engine's; nil: it cannot be seen.
    var rootProcess: Int32? { process.withLock { $0 } }

    func setProcess(_ process: Int32) { self.process.withLock { $0 = process } }

    /// How often it was asked to stop.
    var stopCalls: Int { stops.withLock { $0 } }
    /// How often it was killed.
    var killCalls: Int { kills.withLock { $0 } }
    /// How often it was ended because it took too much.
    var overBudgetCalls: Int { overBudget.withLock { $0 } }
    var hasEnded: Bool { ended.valueIfKnown != nil }

    func stop() async {
        stops.withLock { $0 += 1 }
        _ = await stopGate?.wait()
        end(.stopped, .exited(code: 0))
    }

    func kill() async {
        kills.withLock { $0 += 1 }
        end(.stopped, .signalled(9))
        stopGate?.open()
    }

    func endOverBudget() async {
        overBudget.withLock { $0 += 1 }
        _ = await stopGate?.wait()
        end(.overBudget, .signalled(9))
    }

    /// Ends by itself, as by a crash.
    func die() { end(.died, .signalled(9)) }

    func exitedUnlessCancelled() async -> EngineExit? { await ended.valueUnlessCancelled() }

    private func end(_ kind: EngineExit.Kind, _ cause: ExitReason.Cause) {
        ended.fulfil(EngineExit(kind: kind, reason: ExitReason(cause: cause, lastLines: [])))
    }
}

/// Starts fake engines: at once, unless a model's next starts are planned otherwise.
final class FakeStarter: EngineStarter {
    private struct State {
        var gates: [String: [Gate]] = [:]
        var stopGates: [String: Gate] = [:]
        var failing: Set<String> = []
        var processes: [String: Int32] = [:]
        var attempts: [String] = []
        var engines: [FakeEngine] = []
        var cancelled = 0
    }
    private let state = Mutex(State())
    private let baseURL: String

    init(baseURL: String) { self.baseURL = baseURL }

    /// The models whose start was asked for, in order.
    var attempts: [String] { state.withLock { $0.attempts } }
    /// The engines started, in order.
    var engines: [FakeEngine] { state.withLock { $0.engines } }
    /// Starts that ended because their task was cancelled.
    var cancelledStarts: Int { state.withLock { $0.cancelled } }

    /// The model's next start waits for the gate.
    func holdNextStart(of model: String) -> Gate {
        let gate = Gate()
        state.withLock { $0.gates[model, default: []].append(gate) }
        return gate
    }

    /// Engines of the model started from now on stop only once the gate is open.
    func holdStops(of model: String) -> Gate {
        let gate = Gate()
        state.withLock { $0.stopGates[model] = gate }
        return gate
    }

    /// All starts of the model fail from now on, or succeed again.
    func setFailing(_ isFailing: Bool, _ model: String) {
        state.withLock { state in
            if isFailing { state.failing.insert(model) } else { state.failing.remove(model) }
        }
    }

    /// Engines of the model started from now on count with the memory of that process.
    func setProcess(_ process: Int32, _ model: String) {
        state.withLock { $0.processes[model] = process }
    }

    func start(_ model: ServedModel) async throws(EngineError) -> any ResidentEngine {
        let gate = state.withLock { state -> Gate? in
            state.attempts.append(model.name)
            return state.gates[model.name]?.isEmpty == false ? state.gates[model.name]?.removeFirst() : nil
        }
        if let gate, await !gate.wait() {
            state.withLock { $0.cancelled += 1 }
            throw error(model, .cancelled)
        }
        return try state.withLock { state throws(EngineError) in
            guard !state.failing.contains(model.name) else { throw error(model, .badSpecification("made to fail")) }
            let engine = FakeEngine(
                model: model.name, baseURL: baseURL, stopGate: state.stopGates[model.name],
                process: state.processes[model.name])
            state.engines.append(engine)
            return engine
        }
    }

    private func error(_ model: ServedModel, _ problem: EngineError.Problem) -> EngineError {
        EngineError(engine: model.name, problem: problem, lastLines: ["out of luck"], mayBePortConflict: false)
    }
}
