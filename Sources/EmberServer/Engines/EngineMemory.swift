import EmberCore

/// What one life of an engine is seen to take in memory, and what is learnt of that.
///
/// What it takes while it runs nothing is one figure, what each running request brings on top another. Memory that
/// requests leave behind counts as taken for as long as the life lasts; its next life is expected to begin without it,
/// and to take it when requests run. A figure rises at once. It falls by use alone: each stretch of requests that took
/// less brings it down by an eighth of the difference.
struct EngineMemory: Sendable {
    /// What was expected of the life before it was measured.
    let expected: LearntMemory
    /// As its file or its settings say.
    private let estimate: Bytes
    /// What counts now, and what the planner last received.
    private(set) var now: LearntMemory
    private var told: LearntMemory
    /// What requests were seen to bring, also where they have left it behind meanwhile.
    private var peak: Bytes
    /// As last measured, and the most ever.
    private(set) var last: Bytes?
    private(set) var most = Bytes.zero
    /// The most while it ran nothing: before its first request, and ever.
    private var fresh: Bytes?
    private var idle: Bytes?
    private var hasServed = false
    private var stretch: Stretch?

    /// Requests since it was last idle, or over the last `longestStretch` measurements.
    private struct Stretch {
        let from: Bytes
        var top = Bytes.zero
        var busiest = 1
        var measurements = 0
        /// What was taken when the requests began that ran last, as far as it was measured, and the most since.
        var newestFrom: Bytes
        var newestTop = Bytes.zero
        /// How many have begun since.
        var newest = 0

        init(from: Bytes) {
            self.from = from
            newestFrom = from
        }

        mutating func take(_ top: Bytes) {
            self.top = max(self.top, top)
            newestTop = max(newestTop, top)
            measurements += 1
        }

        /// What one request has brought on top of what is taken at rest.
        var each: Bytes { share(of: max(.zero, top - from)) }
        /// The same without what earlier requests may have left behind.
        var eachOfNewest: Bytes { share(of: growthOfNewest) }
        var growthOfNewest: Bytes { max(.zero, newestTop - newestFrom) }

        /// What is little is the noise of every allocator.
        private func share(of growth: Bytes) -> Bytes {
            let share = Bytes((growth.count + busiest - 1) / busiest)
            return share < EngineMemory.noise ? .zero : share
        }
    }

    /// What of a measurement happened while it was taken.
    struct Use {
        /// It has run nothing since the measurement before.
        var isUnused = true
        /// It runs nothing.
        var isIdle = true
        /// Everything that runs, or has run last, began after the measurement before.
        var isNew = false
        /// Requests that have begun since then.
        var begun = 0
        /// The most requests at once.
        var busiest = 0
    }

    private static let noise = Bytes(1_000_000)
    /// A server that is never idle is learnt of all the same.
    private static let longestStretch = 8

    init(estimate: Bytes, learnt: LearntMemory?) {
        self.estimate = estimate
        expected = learnt ?? LearntMemory(resting: estimate, peak: .zero)
        now = expected
        told = expected
        peak = expected.peak
    }

    /// What counts now, where that is more than the planner last received, or enough less to be worth an event.
    mutating func news() -> LearntMemory? {
        let less = (told.resting - now.resting) + (told.peak - now.peak)
        let isLess = now != told && (less.count >= told.resting.count / 32 || now.peak == .zero)
        guard now.resting > told.resting || now.peak > told.peak || isLess else { return nil }
        told = now
        return now
    }

    /// Takes in a measurement.
    ///
    /// - Parameters:
    ///   - bytes: taken at that instant.
    ///   - top: the most since the measurement before.
    mutating func take(_ bytes: Bytes, top: Bytes, _ use: Use) {
        let before = last
        last = bytes
        most = max(most, bytes)
        if use.isUnused {
            rest(bytes)
            return
        }
        hasServed = true
        most = max(most, top)
        var stretch = stretch ?? Stretch(from: now.resting)
        if use.isNew, let before, stretch.measurements > 0 {
            stretch.newestFrom = max(stretch.from, before)
            stretch.newestTop = .zero
            stretch.newest = 0
        }
        stretch.newest += use.begun
        stretch.take(max(top, bytes))
        stretch.busiest = max(1, use.busiest)
        now.peak = max(now.peak, stretch.each)
        peak = max(peak, stretch.eachOfNewest)
        self.stretch = stretch
        guard use.isIdle || stretch.measurements >= Self.longestStretch else { return }
        fall(to: stretch.each)
        self.stretch = nil
        if use.isIdle { rest(bytes) }
    }

    private mutating func fall(to each: Bytes) {
        Self.follow(&peak, down: each)
        Self.follow(&now.peak, down: each)
    }

    /// It runs nothing and takes `bytes`.
    private mutating func rest(_ bytes: Bytes) {
        idle = max(idle ?? .zero, bytes)
        let before = now.resting
        if !hasServed { fresh = max(fresh ?? .zero, bytes) }
        // Less than was expected is not free yet: prompts will touch the pages that a load has only set aside.
        now.resting = max(bytes, base)
        if now.resting > before, hasServed {
            // It has what its requests brought.
            now.peak = max(.zero, now.peak - (now.resting - before))
        } else if now.resting < before {
            // Given back, or never taken in this life: requests may bring it.
            let given = before - now.resting
            now.peak = max(now.peak, hasServed ? min(peak, now.peak + given) : max(peak, given))
            if !hasServed { peak = max(peak, now.peak) }
        }
        if now.peak < Self.noise { now.peak = .zero }
    }

    /// What a life takes at rest at the least.
    private var base: Bytes { min(expected.resting, max(estimate, fresh ?? .zero)) }

    /// What to expect of the next life when this one was ended because it took more than `room`. The peak exceeds what
    /// the room leaves only where it is certain that a single request took that; where it is unknown which
    /// request did, they run one by one.
    func next(afterOverrunOf room: Bytes) -> LearntMemory {
        guard let stretch else {
            let resting = hasServed ? base : max(base, fresh ?? .zero)
            return LearntMemory(resting: resting, peak: max(.zero, min(peak, room - resting)))
        }
        let most = max(.zero, room - base)
        let isCertain = stretch.newest <= 1
        return LearntMemory(
            resting: base, peak: isCertain ? max(stretch.growthOfNewest, min(peak, most)) : most)
    }

    /// What to expect of the next life.
    func next() -> LearntMemory {
        var next = LearntMemory(resting: base, peak: peak)
        guard hasServed || fresh ?? .zero > next.resting, let idle else { return next }
        let rested = min(idle, max(estimate, fresh ?? .zero))
        if rested > next.resting { next.resting = rested } else { Self.follow(&next.resting, down: rested) }
        if next.peak < Self.noise { next.peak = .zero }
        return next
    }

    /// What was learnt in earlier lives, and of requests, is forgotten.
    mutating func forget() {
        let bytes = last
        self = EngineMemory(estimate: estimate, learnt: nil)
        last = bytes
        guard let bytes else { return }
        most = bytes
        now.resting = max(bytes, estimate)
    }

    private static func follow(_ figure: inout Bytes, down goal: Bytes) {
        guard goal < figure else { return }
        let excess = figure.count - goal.count
        // Once it is all but there, it is there.
        figure = excess <= noise.count / 4 ? goal : Bytes(figure.count - max(1, excess / 8))
    }
}
