import Dispatch
import EmberSystem

/// Runs blocking file operations one after the other on a thread of their own, off Swift's cooperative threads.
struct FileQueue: Sendable {
    private let queue = DispatchQueue(label: "ember.pull.files")
    private let files: PullFiles

    init(_ system: any FileSystem = SystemFiles()) { files = PullFiles(system: system) }

    /// Runs the work to its end even when the waiting task is cancelled.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable (PullFiles) throws(PullError) -> Value
    ) async throws(PullError) -> Value {
        let result = await withCheckedContinuation { (waiter: CheckedContinuation<Result<Value, PullError>, Never>) in
            queue.async { [files] in waiter.resume(returning: Self.result(of: work, files)) }
        }
        return try result.get()
    }

    private static func result<Value>(
        of work: (PullFiles) throws(PullError) -> Value, _ files: PullFiles
    ) -> Result<Value, PullError> {
        do { return .success(try work(files)) } catch { return .failure(error) }
    }
}
