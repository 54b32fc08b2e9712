/// How an instance's Age of Context fades while nothing is asked of it: a straight line, until the first of its services'
/// contexts has faded to nothing. What a request changes is added to it. So an age is told in O(1), and only where a line has
/// ended all the contexts are looked at.
struct AgeLine: Codable, Sendable {
    private var start = FadingAge(pair: .zero)
    /// The sum of the services' weights.
    private var weights = 0.0
    private var began = Time.distantFuture
    private var ends = Time.zero

    /// One that has ended.
    init() {}

    /// - Parameter lasting: seconds until the first context has faded to nothing.
    init(_ start: FadingAge, weights: Double, at now: Time, lasting: Double) {
        self.start = start
        self.weights = weights
        began = now
        ends = Self.end(of: lasting, from: now)
    }

    mutating func end() { ends = .zero }

    /// nil where the line has not begun, or has ended.
    @inline(__always)
    func fadingAge(at instant: Time) -> FadingAge? {
        guard instant >= began, instant < ends else { return nil }
        let faded = max(0, start.age - start.fadingPerSecond * (instant - began))
        return FadingAge(pair: SIMD2(faded, start.fadingPerSecond))
    }

    /// A service of that weight holds another context now.
    mutating func replace(_ old: FadingAge, by new: FadingAge, weight: Double, at now: Time) {
        // What is left when a context goes may be the rounding of nothing.
        guard let mean = fadingAge(at: now), weights > 0, new.age > 0 else { return end() }
        start = FadingAge(pair: mean.pair + weight / weights * (new.pair - old.pair))
        began = now
        ends = min(ends, Self.end(of: new.age / new.fadingPerSecond, from: now))
    }

    /// A service whose context is of that age counts for more.
    mutating func add(_ weight: Double, of context: FadingAge, at now: Time) {
        guard let mean = fadingAge(at: now), weights > 0 else { return end() }
        weights += weight
        start = FadingAge(pair: mean.pair + weight / weights * (context.pair - mean.pair))
        began = now
    }

    /// A little earlier, so that the last of an age is not told as the rounding of a difference.
    private static func end(of seconds: Double, from now: Time) -> Time { now + seconds * (1 - 1e-9) }
}
