import Dispatch

/// Runs blocking file operations one after the other on a thread of their own, off Swift's cooperative threads.
struct FileQueue: Sendable {
    private let queue = DispatchQueue(label: "ember.pull.files")

    /// Runs the work to its end even when the waiting task is cancelled.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(PullError) -> Value
    ) async throws(PullError) -> Value {
        let result = await withCheckedContinuation { (waiter: CheckedContinuation<Result<Value, PullError>, Never>) in
            queue.async { waiter.resume(returning: Self.result(of: work)) }
        }
        return try result.get()
    }

    private static func result<Value>(of work: () throws(PullError) -> Value) -> Result<Value, PullError> {
        do { return .success(try work()) } catch { return .failure(error) }
    }
}
