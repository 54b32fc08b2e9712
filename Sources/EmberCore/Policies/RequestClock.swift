/// The clock by which arrival rates fade, in periods of some steps.
///
/// In slots a period is a slot. In continuous time it is by default as many requests as there are instances: so the
/// memory covers a number of requests, whether they come by the second or by the hour, and a quiet night forgets
/// nothing.
public struct RequestClock: Hashable, Codable, Sendable {
    /// In continuous time.
    private let requestsPerStep: Int
    private let stepsPerPeriod: Double

    /// More steps than that are not worth their work.
    private static let mostStepsPerPeriod = 16.0

    /// - Parameter requestsPerPeriod: in continuous time.
    init(requestsPerPeriod: Double) {
        requestsPerStep = max(1, Int(requestsPerPeriod / Self.mostStepsPerPeriod))
        stepsPerPeriod = requestsPerPeriod / Double(requestsPerStep)
    }

    /// The number of the present step; it changes as a request arrives.
    @inline(__always)
    func step(_ edge: EdgeState) -> Double {
        edge.settings.time.step(at: edge.now, requests: Double(max(0, edge.arrivals - 1) / requestsPerStep))
    }

    func stepsPerPeriod(_ time: TimeModel) -> Double { time.stepsPerPeriod(stepsPerPeriod) }
}
