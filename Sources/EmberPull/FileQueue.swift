import EmberSystem

/// Runs blocking file operations one after the other on a thread of their own, off Swift's cooperative threads.
struct FileQueue: Sendable {
    private let queue: WorkQueue
    private let files: PullFiles

    init(_ surroundings: Surroundings) {
        queue = surroundings.queue("ember.pull.files")
        files = PullFiles(system: surroundings.files)
    }

    /// Runs the work to its end even when the waiting task is cancelled.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable (PullFiles) throws(PullError) -> Value
    ) async throws(PullError) -> Value {
        try await queue.run { [files] () throws(PullError) in try work(files) }
    }
}
