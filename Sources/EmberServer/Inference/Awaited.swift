import EmberSystem
import Synchronization

/// Work whose result is waited for in parts, while something else is done in between; letting go of it cancels the
/// work.
final class Awaited<Value: Sendable>: Sendable {
    private struct State {
        var result: Result<Value, any Error>?
        var waiter: CheckedContinuation<Result<Value, any Error>?, Never>?
    }

    /// Apart, so that the work does not keep what cancels it.
    private final class Box: Sendable {
        let state = Mutex(State())

        func settle(_ result: Result<Value, any Error>) {
            let waiter = state.withLock { state in
                state.result = result
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: result)
        }

        /// Resumes the waiting task without a result.
        func endWait() {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: nil)
        }
    }

    private let box = Box()
    private let work: Task<Void, Never>
    private let time: TimeSource

    /// Begins the work, on the thread of the connection that it is for.
    init(_ time: TimeSource, _ body: @escaping @Sendable () async throws -> Value) {
        self.time = time
        work = time.later(on: EventLoopExecutor.current) { [box] in
            do { box.settle(.success(try await body())) } catch { box.settle(.failure(error)) }
        }
    }

    deinit { work.cancel() }

    /// Waits for at most `seconds`; nil when the work goes on. Cancelling the waiting task cancels the work. One
    /// task at a time may wait.
    func value(within seconds: Double) async throws -> Value? {
        // Cancelled on waking, it would end the next wait: `later` looks, and nothing comes between that and the end.
        let alarm = time.later(after: .seconds(seconds), on: EventLoopExecutor.current) { [box] in box.endWait() }
        defer { alarm.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let known = box.state.withLock { state in
                    if state.result == nil { state.waiter = waiter }
                    return state.result
                }
                if let known { waiter.resume(returning: known) }
            }
        } onCancel: {
            work.cancel()
        }
        return try result?.get()
    }
}
