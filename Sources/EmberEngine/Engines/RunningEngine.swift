import EmberSystem
import Synchronization

/// A local engine that was ready when this value was made.
///
/// It is watched by health probes, and killed if it hangs. Letting go of the last reference stops it.
public final class RunningEngine: Sendable {
    public let address: EngineAddress
    /// The URL, as AsyncHTTPClient takes it, to which a path such as "/v1/models" is appended.
    public let baseURL: String
    /// From the start of its process until it was ready, in seconds.
    public let loadSeconds: Double
    private let child: any ChildProcess
    private let probe: HealthProbe
    private let supervision: Supervision

    /// How long an engine may take to answer when Ember checks whether it still answers at all.
    private static let answerSeconds = 2.0

    init(
        child: any ChildProcess, address: EngineAddress, folder: RuntimeFolder, probe: HealthProbe, watchdog: Watchdog,
        loadTime: Duration, time: TimeSource
    ) {
        self.child = child
        self.address = address
        self.probe = probe
        baseURL = address.baseURL
        loadSeconds = loadTime / .seconds(1)
        supervision = Supervision(child: child, folder: folder)
        // Lasts as long as the process does.
        time.later { [supervision] in await supervision.perform(watchdog, probe: probe, time) }
    }

    deinit { supervision.requestStop() }

    /// The guard's process id: the root of the engine's tree of processes.
    public var guardPid: Int32 { child.guardPid }

    /// The process id of the engine itself.
    public var enginePid: Int32 { child.enginePid }

    /// The last lines the engine wrote, oldest first; at most 50.
    public var recentOutput: [String] { child.recentOutput }

    /// Ends the engine (SIGTERM, then SIGKILL after its grace) and waits until all its memory is free.
    public func stop() async {
        supervision.requestStop()
        _ = await supervision.ended.value()
    }

    /// Ends the engine at once (SIGKILL), also one that is being stopped.
    public func kill() async { await supervision.kill() }

    /// Ends the engine at once (SIGKILL): it takes more memory than it can have.
    public func endOverBudget() async { await supervision.killOverBudget() }

    /// Whether anything still takes connections at its address.
    public func isListening() async -> Bool {
        await probe.ask(timeoutSeconds: Self.answerSeconds) != .unhealthy(HealthProbe.nothingListens)
    }

    /// Waits for the engine's end, also when the waiting task is cancelled.
    public func exited() async -> EngineExit { await supervision.ended.value() }

    /// Waits for the engine's end; nil as soon as the waiting task is cancelled.
    public func exitedUnlessCancelled() async -> EngineExit? { await supervision.ended.valueUnlessCancelled() }
}

/// What watches one engine and tidies up after it. It does not refer to its `RunningEngine`, which may go before it.
private final class Supervision: Sendable {
    let ended = Promise<EngineExit>()
    private let child: any ChildProcess
    private let folder: RuntimeFolder
    /// Why the engine will have ended; the first reason stays.
    private let verdict = Mutex<EngineExit.Kind?>(nil)

    init(child: any ChildProcess, folder: RuntimeFolder) {
        self.child = child
        self.folder = folder
    }

    func requestStop() {
        decide(.stopped)
        child.requestStop()
    }

    func kill() async {
        decide(.stopped)
        await child.kill()
    }

    func killOverBudget() async {
        decide(.overBudget)
        await child.kill()
    }

    func perform(_ watchdog: Watchdog, probe: HealthProbe, _ time: TimeSource) async {
        let reason = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // An engine that was asked to stop may well answer no more: that is no hang.
                guard await watchdog.findsHang(with: probe, time), self.decide(.hung) else { return }
                await self.child.kill()
            }
            let reason = await child.exit()
            group.cancelAll()
            return reason
        }
        folder.remove()
        ended.fulfil(EngineExit(kind: verdict.withLock { $0 } ?? .died, reason: reason))
    }

    @discardableResult
    private func decide(_ kind: EngineExit.Kind) -> Bool {
        verdict.withLock { verdict in
            guard verdict == nil else { return false }
            verdict = kind
            return true
        }
    }
}
