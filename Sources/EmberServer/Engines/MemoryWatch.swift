import EmberCore

/// What the engines of one instance take in memory, from one to the next.
struct MemoryWatch {
    /// When an engine was measured, and what it had been used for by then.
    struct Look: Sendable {
        var at = Time.zero
        var usedUntil = Time.zero
        /// Requests that it had been given by then.
        var begun = 0
    }

    /// What a life that has ended says of the next one.
    struct Lesson {
        let next: LearntMemory
        let most: Bytes
        /// What was expected of the life, with one request.
        let expected: Bytes
        /// Whether anything was measured; else there is nothing to remember.
        let isMeasured: Bool
    }

    /// Of the engine that lives, or whose memory is not free yet.
    private(set) var life: EngineMemory?
    /// What is expected of the next engine; nil: what its file or its settings say.
    private(set) var learnt: LearntMemory?
    var look = Look()

    init(learnt: LearntMemory?) { self.learnt = learnt }

    /// An engine has been loaded.
    ///
    /// - Parameter taken: what it takes before anything is asked of it; nil: that cannot be seen.
    mutating func begin(estimate: Bytes, taken: Bytes?) {
        var life = EngineMemory(estimate: estimate, learnt: learnt)
        if let taken { life.take(taken, top: taken, EngineMemory.Use()) }
        self.life = life
    }

    mutating func take(_ bytes: Bytes, top: Bytes, _ use: EngineMemory.Use) { life?.take(bytes, top: top, use) }

    /// What counts now, where the planner must get it.
    mutating func news() -> LearntMemory? { life?.news() }

    /// The life is over.
    ///
    /// - Parameter room: what the engine could have, where it was ended because it took more.
    /// - Returns: nil where there was no life.
    mutating func end(afterOverrunOf room: Bytes? = nil) -> Lesson? {
        guard let life else { return nil }
        self.life = nil
        let next = room.map { life.next(afterOverrunOf: $0) } ?? life.next()
        let isMeasured = life.last != nil
        if isMeasured { learnt = next }
        return Lesson(
            next: next, most: life.most, expected: life.expected.resting + life.expected.peak, isMeasured: isMeasured)
    }

    /// What was learnt in earlier lives is forgotten.
    mutating func forget() {
        life?.forget()
        learnt = nil
    }

    /// The model's files are others now.
    mutating func learn(_ learnt: LearntMemory?) { self.learnt = learnt }
}
