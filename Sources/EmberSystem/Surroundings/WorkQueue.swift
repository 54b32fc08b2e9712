import Dispatch

/// Threads for work that blocks, so that neither tasks nor event loops wait for a disk.
public struct WorkQueue: Sendable {
    public enum Order: Sendable {
        /// One piece of work after the other, as they were added.
        case serial
        case concurrent
    }

    private let add: @Sendable (Duration, @escaping @Sendable () -> Void) -> Void
    private let addAndWait: @Sendable (() -> Void) -> Void

    /// - Parameter isUrgent: false for what may wait while requests are served.
    public static func system(_ label: String, _ order: Order = .serial, isUrgent: Bool = true) -> WorkQueue {
        let queue = DispatchQueue(
            label: label, qos: isUrgent ? .unspecified : .utility,
            attributes: order == .serial ? [] : .concurrent)
        return WorkQueue { delay, work in
            if delay > .zero {
                queue.asyncAfter(deadline: .now() + delay / .seconds(1), execute: work)
            } else {
                queue.async(execute: work)
            }
        } addAndWait: { work in
            queue.sync(execute: work)
        }
    }

    /// - Parameters:
    ///   - add: begins work after a delay.
    ///   - addAndWait: does work after all that was added without a delay before, and returns when it is done.
    public init(
        add: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> Void,
        addAndWait: @escaping @Sendable (() -> Void) -> Void
    ) {
        (self.add, self.addAndWait) = (add, addAndWait)
    }

    /// Begins the work soon, or after a delay.
    public func begin(after delay: Duration = .zero, _ work: @escaping @Sendable () -> Void) {
        add(delay) {
            assertMayBlock()
            work()
        }
    }

    /// Does the work on the queue; blocks until it is done.
    public func finish(_ work: () -> Void) { addAndWait(work) }

    /// Does the work to its end, even when the waiting task is cancelled.
    public nonisolated(nonsending) func run<Value: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result = await withCheckedContinuation {
            (waiter: CheckedContinuation<Result<Value, Failure>, Never>) in
            begin { waiter.resume(returning: Result { () throws(Failure) in try work() }) }
        }
        return try result.get()
    }

    /// The same; nil after a time, or once the task is cancelled: the work then runs on, and its value is dropped.
    public func run<Value: Sendable>(
        within limit: Duration, by time: TimeSource, _ work: @escaping @Sendable () -> Value
    ) async -> Value? {
        let answer = Promise<Value>()
        begin { answer.fulfil(work()) }
        return await time.within(limit) { await answer.valueUnlessCancelled() } ?? nil
    }
}
