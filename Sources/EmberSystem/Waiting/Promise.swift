import Synchronization

/// A value that becomes known once and that any number of tasks may await.
package final class Promise<Value: Sendable>: Sendable {
    private typealias Waiter = CheckedContinuation<Value?, Never>

    private struct State {
        var value: Value?
        var waiters: [UInt64: Waiter] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    package var valueIfKnown: Value? { state.withLock { $0.value } }

    /// Makes the value known and resumes every waiter; a second call changes nothing.
    package func fulfil(_ value: Value) {
        let waiters = state.withLock { state -> [Waiter] in
            guard state.value == nil else { return [] }
            state.value = value
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    /// Waits for the value, even in a cancelled task.
    package func value() async -> Value {
        let value = await withCheckedContinuation { (waiter: Waiter) in _ = enlist(waiter) }
        guard let value else { preconditionFailure("a waiter that cannot be cancelled was resumed without a value") }
        return value
    }

    /// Waits for the value, or returns nil as soon as the waiting task is cancelled.
    package func valueUnlessCancelled() async -> Value? {
        let ticket = Mutex<UInt64?>(nil)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                let number = enlist(waiter)
                ticket.withLock { $0 = number }
                // Cancelled before the ticket was known to the handler: withdraw here.
                if Task.isCancelled { withdraw(number) }
            }
        } onCancel: {
            withdraw(ticket.withLock { $0 })
        }
    }

    private func enlist(_ waiter: Waiter) -> UInt64? {
        let (known, number) = state.withLock { state -> (Value?, UInt64?) in
            if let value = state.value { return (value, nil) }
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = waiter
            return (nil, state.nextWaiter)
        }
        if let known { waiter.resume(returning: known) }
        return number
    }

    private func withdraw(_ number: UInt64?) {
        guard let number else { return }
        let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
        waiter?.resume(returning: nil)
    }
}
