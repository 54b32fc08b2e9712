import Dispatch
import EmberSystem

/// Work that may block, such as on a slow disk, done beside the tasks: those run on threads that other requests wait
/// for.
enum OffLoop {
    private static let queue = DispatchQueue(
        label: "ember.offloop", qos: .userInitiated, attributes: .concurrent)

    /// Runs the work to its end even when the waiting task is cancelled.
    static func run<Value: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ work: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async {
                assertMayBlock()
                continuation.resume(returning: work())
            }
        }
    }

    /// The same; nil after `seconds`, or once the task is cancelled: the work then runs on, and its value is dropped.
    static func run<Value: Sendable>(
        within seconds: Double, _ work: @escaping @Sendable () -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            let answer = AsyncStream<Value> { stream in
                queue.async {
                    assertMayBlock()
                    stream.yield(work())
                    stream.finish()
                }
            }
            group.addTask { await answer.first { _ in true } }
            group.addTask {
                try? await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
