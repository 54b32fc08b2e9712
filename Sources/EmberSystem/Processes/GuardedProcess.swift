/// A program that runs under ember-guard: it and, on Linux, all that it has started end with Ember, whatever ends
/// Ember. Its process id is also its process group's.
final class GuardedProcess: ChildProcess {
    let guardPid: Int32
    let enginePid: Int32
    private let run: GuardRun

    init(run: GuardRun, pids: GuardRun.Pids) {
        self.run = run
        guardPid = pids.guardProcess
        enginePid = pids.engine
    }

    deinit { requestStop() }

    var recentOutput: [String] { run.recentOutput }

    func noteReady() { run.order(.noteReady) }

    func requestStop() { run.order(.stop) }

    func stop() async {
        requestStop()
        _ = await run.ended.value()
    }

    func kill() async {
        run.order(.kill)
        _ = await run.ended.value()
    }

    func exit() async -> ExitReason { await run.ended.value() }

    func exitUnlessCancelled() async -> ExitReason? { await run.ended.valueUnlessCancelled() }

    var exitIfEnded: ExitReason? { run.ended.valueIfKnown }
}
