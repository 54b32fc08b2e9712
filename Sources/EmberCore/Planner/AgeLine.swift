/// How an instance's Age of Context fades while nothing is asked of it: a straight line, until the first of its
/// services' contexts has faded to nothing. What a request changes is added to it. So an age is read in O(1), and the
/// contexts are read only where a line has ended.
struct AgeLine: Codable, Sendable {
    private var start = FadingAge(pair: .zero)
    /// The sum of the services' weights, whether or not there is a line.
    private var weights = 0.0
    private var began = Time.distantFuture
    private var ends = Time.zero

    /// No line yet.
    init(weights: Double = 0) { self.weights = weights }

    /// A new line.
    mutating func begin(_ sums: AgeSums, services: Int, at now: Time) {
        start = sums.mean(weights: weights, services: services)
        began = now
        ends = Self.end(of: sums.lasting, from: now)
    }

    /// nil where no line has begun, or it has ended.
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
        weights += weight
        guard let mean = fadingAge(at: now), weights > weight else { return end() }
        start = FadingAge(pair: mean.pair + weight / weights * (context.pair - mean.pair))
        began = now
    }

    /// All weights are brought to another scale.
    mutating func scale(by factor: Double) {
        weights *= factor
        end()
    }

    private mutating func end() { ends = .zero }

    /// A little earlier, so that an age never ends as the rounding error of a difference.
    private static func end(of seconds: Double, from now: Time) -> Time { now + seconds * (1 - 1e-9) }
}
