import Foundation

/// The time as Ember has it: by the clock on the wall, by a clock that only goes forward, and as a wait for either to
/// go on.
///
/// `system` is the machine's. A test may give its own, to have hours pass in no time.
public struct TimeSource: Sendable {
    public typealias Instant = ContinuousClock.Instant

    private let wall: @Sendable () -> Double
    private let steady: @Sendable () -> Instant
    private let wait: @Sendable (Instant) async throws -> Void

    public static let system = TimeSource(
        wall: { Date().timeIntervalSince1970 }, steady: { ContinuousClock.now },
        wait: { try await Task.sleep(until: $0, clock: .continuous) })

    /// - Parameters:
    ///   - wall: seconds since 1970.
    ///   - wait: returns at an instant, or throws `CancellationError` once its task is cancelled.
    public init(
        wall: @escaping @Sendable () -> Double, steady: @escaping @Sendable () -> Instant,
        wait: @escaping @Sendable (Instant) async throws -> Void
    ) {
        (self.wall, self.steady, self.wait) = (wall, steady, wait)
    }

    /// Seconds since 1970. People and programs may set this clock, forward and back.
    public var wallSeconds: Double { wall() }

    /// The present instant, for durations.
    public var now: Instant { steady() }

    /// - Throws: `CancellationError` once the task is cancelled.
    public func sleep(for duration: Duration) async throws { try await wait(now + duration) }

    /// Does the work after a while, in a task of its own, or sooner if the task is cancelled.
    @discardableResult
    public func later(after duration: Duration, _ work: @escaping @Sendable () async -> Void) -> Task<
        Void, Never
    > {
        Task {
            try? await sleep(for: duration)
            await work()
        }
    }
}
