import Synchronization

/// Tells, in debug builds, whether the calling thread serves connections: such a thread must not block, nor compute for
/// long.
///
/// A server says how its threads are known; without one, every thread may block.
package enum BlockingCheck {
    private static let isServing = Mutex<(@Sendable () -> Bool)?>(nil)

    /// - Parameter isServing: whether the calling thread serves connections.
    package static func use(_ isServing: @escaping @Sendable () -> Bool) {
        Self.isServing.withLock { $0 = isServing }
    }

    package static var isOnServingThread: Bool { isServing.withLock { $0 }?() ?? false }
}

/// Stands where work begins that may block, or takes long: file work, clustering, long bodies. A release build does not
/// check.
package func assertMayBlock(file: StaticString = #fileID, line: UInt = #line) {
    assert(!BlockingCheck.isOnServingThread, "this would hold up a thread's other connections", file: file, line: line)
}
