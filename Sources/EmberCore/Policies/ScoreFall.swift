/// How far a resident's score can fall as time passes, while nothing is asked of the resident.
///
/// A policy that can say so needs no score of every resident when memory is wanted: the planner keeps residents in the
/// order of lower bounds, and asks only about those that may be the lowest.
public enum ScoreFall: Hashable, Sendable {
    /// Not at all.
    case never
    /// By at most so much per second.
    case linear(perSecond: Double)
    /// A positive score to no less than 2^(-halvings x seconds) of it, and only when a new step of the clock begins, of which
    /// there are so many a second; another score may fall without a bound.
    case halving(perSecond: Double, stepsPerSecond: Double)
}

extension ScoreFall {
    /// A key that orders bounds taken at different times as they will stand to each other at any later one.
    func key(of bound: Double, at now: Double) -> Double {
        switch self {
        case .never: bound
        case .linear(let speed): bound + speed * now
        case .halving(let speed, _): bound > 0 ? binaryLogarithm(bound) + speed * now : -.infinity
        }
    }

    /// The least score that a resident of that key can have at `now`.
    func floor(of key: Double, at now: Double) -> Double {
        switch self {
        case .never: key
        // A little less, for sums are rounded.
        case .linear(let speed): key - speed * now - Self.slack * max(abs(key), speed * now)
        case .halving where key == -.infinity: key
        case .halving(let speed, _): powerOfTwo(key - speed * now - Self.slack * max(1, abs(key), speed * now))
        }
    }

    /// The step of the clock within which scores do not fall; nil: they fall all the time, or never.
    func step(at now: Double) -> Double? {
        guard case .halving(_, let stepsPerSecond) = self else { return nil }
        return (now * stepsPerSecond).rounded(.down)
    }

    private static let slack = 1e-12
}
