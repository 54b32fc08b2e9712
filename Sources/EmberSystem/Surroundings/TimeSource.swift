public import Foundation

/// The time as Ember has it: by the clock on the wall, by a clock that only goes forward, as a wait for the latter to
/// go on, and as what is done later.
///
/// `system` is the machine's. A test may give its own, to have hours pass in no time, or to decide in which order tasks
/// go on.
public final class TimeSource: Sendable {
    public typealias Instant = ContinuousClock.Instant

    private let wall: @Sendable () -> Double
    private let steady: @Sendable () -> Instant
    private let wait: @Sendable (Instant) async throws -> Void
    private let executor: (any TaskExecutor)?

    public static let system = TimeSource(
        wall: { Date().timeIntervalSince1970 }, steady: { ContinuousClock.now },
        wait: { try await Task.sleep(until: $0, clock: .continuous) })

    /// - Parameters:
    ///   - wall: seconds since 1970.
    ///   - wait: returns at an instant, or throws `CancellationError` once its task is cancelled.
    ///   - executor: runs all that is done later, with the tasks that it makes; nil: the threads of the Swift runtime do.
    public init(
        wall: @escaping @Sendable () -> Double, steady: @escaping @Sendable () -> Instant,
        wait: @escaping @Sendable (Instant) async throws -> Void, executor: (any TaskExecutor)? = nil
    ) {
        (self.wall, self.steady, self.wait, self.executor) = (wall, steady, wait, executor)
    }

    /// Seconds since 1970. People and programs may set this clock, forward and back.
    public var wallSeconds: Double { wall() }

    /// The same, to be written down.
    public var date: Date { Date(timeIntervalSince1970: wallSeconds) }

    /// The present instant, for durations.
    public var now: Instant { steady() }

    /// The time since an instant.
    public func seconds(since instant: Instant) -> Double { instant.duration(to: now) / .seconds(1) }

    // MARK: Waiting

    /// - Throws: `CancellationError` once the task is cancelled.
    public func sleep(for duration: Duration) async throws { try await wait(now + duration) }

    /// The work's value; nil where the limit comes first, or the waiting task is cancelled.
    ///
    /// The work is cancelled then, and has ended when this returns: work that ignores this is not cut short.
    public func within<Value: Sendable, Failure: Error>(
        _ limit: Duration, _ work: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value? {
        let result = await withTaskGroup(of: Result<Value, Failure>?.self) { group in
            group.addTask {
                do throws(Failure) { return .success(try await work()) } catch { return .failure(error) }
            }
            group.addTask {
                try? await self.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        return try result?.get()
    }

    // MARK: Later

    /// Begins work that goes on by itself; an actor's work stays on the actor.
    ///
    /// - Parameter thread: on which it runs where it is no actor's.
    @discardableResult
    public func later<Value: Sendable>(
        on thread: (any TaskExecutor)? = nil,
        @_inheritActorContext @_implicitSelfCapture _ work: sending @escaping @isolated(any) () async -> Value
    ) -> Task<Value, Never> {
        guard let thread = thread ?? executor else { return Task(operation: work) }
        return Task(executorPreference: thread) { await work() }
    }

    /// The same, for work that may fail.
    public func later<Value: Sendable>(
        on thread: (any TaskExecutor)? = nil,
        @_inheritActorContext @_implicitSelfCapture _ work: sending @escaping @isolated(any) () async throws -> Value
    ) -> Task<Value, any Error> {
        guard let thread = thread ?? executor else { return Task(operation: work) }
        return Task(executorPreference: thread) { try await work() }
    }

    /// Begins work after a while; not at all if the task is cancelled before.
    ///
    /// An actor's work may still begin if that happens just then: it asks `Task.isCancelled` where that matters.
    @discardableResult
    public func later(
        after delay: Duration, on thread: (any TaskExecutor)? = nil,
        @_inheritActorContext @_implicitSelfCapture _ work: sending @escaping @isolated(any) () async -> Void
    ) -> Task<Void, Never> {
        later(on: thread) {
            guard (try? await self.sleep(for: delay)) != nil, !Task.isCancelled else { return }
            await work()
        }
    }
}
