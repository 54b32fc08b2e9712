import Synchronization

/// What was learned and is not yet written.
final class LearningBuffer: Sendable {
    struct Lesson: Sendable {
        let content: DemonstrationContent
        let tenant: String

        var bytes: Int {
            content.prompt.utf8.count + content.result.utf8.count + (content.embedding?.vector.count ?? 0) * 4
        }
    }

    /// What is to happen next to what waits.
    enum Plan: Sendable {
        case nothing
        /// It is to be written after the interval.
        case later
        case now
    }

    private let limits: StoreLimits
    private let state = Mutex(State())

    private struct State {
        var lessons: [Lesson] = []
        var bytes = 0
        var plan = Plan.nothing
        var isRetryPlanned = false
        var dropped = 0
    }

    init(limits: StoreLimits) { self.limits = limits }

    /// Takes a lesson in; never waits for the disk.
    ///
    /// - Returns: what the caller has to arrange; nothing if it is arranged already.
    func append(_ lesson: Lesson) -> Plan {
        state.withLock { state in
            state.lessons.append(lesson)
            state.bytes += lesson.bytes
            dropOldest(&state)
            guard !state.isRetryPlanned else { return .nothing }
            let isFull = state.lessons.count >= limits.flushEntries
            switch state.plan {
            case .now: return .nothing
            case .later where !isFull: return .nothing
            case .later, .nothing:
                state.plan = isFull ? .now : .later
                return state.plan
            }
        }
    }

    /// Hands over all that waits, the oldest first.
    func take() -> [Lesson] {
        state.withLock { state in
            defer {
                state.lessons = []
                state.bytes = 0
                state.plan = .nothing
            }
            return state.lessons
        }
    }

    /// Puts back what could not be written, before what has come since.
    ///
    /// - Returns: whether the caller has to arrange another try; until `retryBegins` no other caller does.
    func putBack(_ lessons: [Lesson]) -> Bool {
        state.withLock { state in
            state.lessons = lessons + state.lessons
            state.bytes = state.lessons.reduce(0) { $0 + $1.bytes }
            dropOldest(&state)
            defer { state.isRetryPlanned = true }
            return !state.isRetryPlanned
        }
    }

    func retryBegins() { state.withLock { $0.isRetryPlanned = false } }

    /// How many lessons were dropped for want of room since the last call.
    func takeDropped() -> Int {
        state.withLock { state in
            defer { state.dropped = 0 }
            return state.dropped
        }
    }

    private func dropOldest(_ state: inout State) {
        while state.bytes > limits.waitingBytes.count, let oldest = state.lessons.first {
            state.bytes -= oldest.bytes
            state.lessons.removeFirst()
            state.dropped += 1
        }
    }
}
