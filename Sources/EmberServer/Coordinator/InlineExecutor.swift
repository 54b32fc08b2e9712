import Synchronization

/// Runs an actor's jobs at once, on the thread that brings them. A thread that comes while another one runs some leaves
/// its own to that one.
///
/// A task that prefers an executor enters a usual actor by way of that executor: on the way of every request that is a
/// further turn of its event loop, there and back.
final class InlineExecutor: SerialExecutor {
    private struct State {
        var isRunning = false
        var waiting: [UnownedJob] = []
    }

    private let state = Mutex(State())

    func enqueue(_ job: consuming ExecutorJob) {
        // A job may give up the last reference to its actor, which owns this executor: who calls does not keep it
        // alive.
        let me = Unmanaged.passRetained(self)
        defer { me.release() }
        let job = UnownedJob(job)
        let isFree = state.withLock { state in
            if state.isRunning { state.waiting.append(job) }
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isFree else { return }
        job.runSynchronously(on: asUnownedSerialExecutor())
        while let jobs = takeWaiting() {
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }

    /// What has come meanwhile; nil: nothing, and the next job runs on the thread that brings it.
    private func takeWaiting() -> [UnownedJob]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
