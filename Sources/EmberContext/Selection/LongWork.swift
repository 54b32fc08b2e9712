import Dispatch
import EmberSystem

/// Work that computes for long, such as choosing among thousands of demonstrations, beside the tasks that requests run
/// in.
enum LongWork {
    private static let queue = DispatchQueue(label: "ember.selection", qos: .utility)

    static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async {
                assertMayBlock()
                continuation.resume(returning: work())
            }
        }
    }
}
