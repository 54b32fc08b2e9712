/// How far a resident's score can fall by itself, while nothing is asked of the resident.
///
/// A policy that can say so needs no score of every resident when memory is wanted: the planner keeps residents in the
/// order of lower bounds, and asks only about those that may be the lowest.
public enum ScoreFall: Hashable, Codable, Sendable {
    /// Not at all.
    case never
    /// By at most this per second.
    case linear(perSecond: Double)
    /// A positive score to no less than 2^-halvings of it with each step of the clock of requests, and not within a step;
    /// another score may fall without a bound.
    case halving(perStep: Double, RequestClock)
}

/// What a resident's score will not be below from now on: `least` now, and later what a fall leaves of it.
public struct ScoreBound: Sendable {
    public var least: Double
    /// Where scores fall linearly: how fast this one can, if that is slower than the fastest.
    public var fallPerSecond: Double?

    public init(_ least: Double, fallPerSecond: Double? = nil) {
        self.least = least
        self.fallPerSecond = fallPerSecond
    }
}

extension ScoreFall {
    /// Scores of a grade fall at most at half the speed of the grade before.
    var grades: Int {
        if case .linear = self { 6 } else { 1 }
    }

    func grade(of bound: ScoreBound) -> Int {
        guard let speed = bound.fallPerSecond, case .linear(let fastest) = self else { return 0 }
        var grade = 0
        while grade + 1 < grades, speed <= self.speed(fastest, grade + 1) { grade += 1 }
        return grade
    }

    private func speed(_ fastest: Double, _ grade: Int) -> Double { fastest / Double(1 << grade) }

    /// A key that orders bounds of one grade, taken at different times, as they will stand to each other at any later one.
    func key(of bound: Double, _ grade: Int, at now: Double) -> Double {
        switch self {
        case .never: bound
        case .linear(let fastest): bound + speed(fastest, grade) * now
        case .halving(let speed, _): bound > 0 ? binaryLogarithm(bound) + speed * now : -.infinity
        }
    }

    /// The least score that a resident of that key can have at `now`.
    func floor(of key: Double, _ grade: Int, at now: Double) -> Double {
        switch self {
        case .never: key
        case .linear(let fastest): lower(key, by: speed(fastest, grade) * now)
        case .halving where key == -.infinity: key
        case .halving(let speed, _): powerOfTwo(key - speed * now - Self.slack * max(1, abs(key), speed * now))
        }
    }

    /// The clock by which scores fall: seconds, slots, or steps of requests.
    @inline(__always)
    func clock(_ edge: EdgeState) -> Double { step(edge) ?? edge.now.seconds }

    /// The step of the clock within which scores do not fall; nil: they fall all the time, or never.
    @inline(__always)
    func step(_ edge: EdgeState) -> Double? {
        guard case .halving(_, let clock) = self else { return nil }
        return clock.step(edge)
    }

    /// The difference and a little less, for sums are rounded.
    private func lower(_ key: Double, by fall: Double) -> Double { key - fall - Self.slack * max(abs(key), fall) }

    private static let slack = 1e-12
}
