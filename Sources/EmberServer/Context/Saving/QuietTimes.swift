/// How long conversations of one service are usually quiet between an answer and the next request.
///
/// The mean of the latest pauses and their mean deviation: a conversation that is quiet for longer than the mean and
/// four deviations is quiet for longer than usual.
struct QuietTimes: Sendable {
    private var known: (mean: Double, deviation: Double)?

    /// In seconds, before a pause was seen.
    private static let first = 5.0
    /// Sooner a state is not saved, and later it is saved in any case.
    private static let bounds = 1.0...60.0
    private static let (meanWeight, deviationWeight, deviations) = (0.125, 0.25, 4.0)

    mutating func note(_ pause: Double) {
        // A longer one says only that it is long.
        let pause = min(max(pause, 0), Self.bounds.upperBound)
        guard let (mean, deviation) = known else { return known = (pause, pause / 2) }
        known = (
            mean + Self.meanWeight * (pause - mean),
            deviation + Self.deviationWeight * (abs(pause - mean) - deviation)
        )
    }

    /// After this time without a request, in seconds, a conversation's state is saved.
    var patience: Double {
        guard let (mean, deviation) = known else { return Self.first }
        return min(max(mean + Self.deviations * deviation, Self.bounds.lowerBound), Self.bounds.upperBound)
    }
}
