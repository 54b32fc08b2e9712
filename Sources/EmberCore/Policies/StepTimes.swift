/// When the present step of a clock of requests began, and how long a step takes.
struct StepTimes: Codable, Sendable {
    private var step = 0.0
    private(set) var began = Time.zero
    /// The mean over the last steps; 0 before the first has ended.
    private(set) var seconds = 0.0
    private var ended = 0.0

    private static let longestMemory = 100.0

    @inline(__always)
    mutating func enter(_ step: Double, at now: Time) {
        guard step != self.step else { return }
        ended = min(ended + 1, Self.longestMemory)
        seconds += ((now - began) / (step - self.step) - seconds) / ended
        (self.step, began) = (step, now)
    }
}
