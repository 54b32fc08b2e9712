import Dispatch
import EmberSystem

/// Work that blocks on the disk, done on a thread that Swift's cooperative ones do not wait for.
enum BlockingWork {
    private static let queue = DispatchQueue(label: "ember.store.blocking", attributes: .concurrent)

    /// Runs the work to its end even when the waiting task is cancelled.
    static func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result = await withCheckedContinuation { (waiter: CheckedContinuation<Result<Value, StoreError>, Never>) in
            queue.async {
                assertMayBlock()
                waiter.resume(returning: Self.result(of: work))
            }
        }
        return try result.get()
    }

    static func result<Value>(of work: () throws(StoreError) -> Value) -> Result<Value, StoreError> {
        do { return .success(try work()) } catch { return .failure(error) }
    }
}
