import Synchronization

/// A value that every request reads, on all cores, and that seldom changes: until the first change it is read without a
/// lock.
final class RarelyChanged<Value: Sendable>: Sendable {
    private let first: Value
    private let hasChanged = Atomic(false)
    private let latest: Mutex<Value>

    init(_ value: Value) {
        first = value
        latest = Mutex(value)
    }

    // Lent, not copied.
    var value: Value {
        _read {
            if hasChanged.load(ordering: .acquiring) {
                let value = latest.withLock { $0 }
                yield value
            } else {
                yield first
            }
        }
    }

    func change(_ next: (Value) -> Value) {
        latest.withLock { $0 = next($0) }
        hasChanged.store(true, ordering: .releasing)
    }
}
