/// The sums over an instance's services of which its Age of Context is the mean.
struct AgeSums {
    private var weighted = SIMD2<Double>.zero
    /// Without weights, for as long as nothing has been asked.
    private var plain = SIMD2<Double>.zero
    /// Seconds until the first of the contexts has faded to nothing.
    private(set) var lasting = Double.infinity

    /// - Parameter weight: the service's share of the recent requests, in any unit.
    @inline(__always)
    mutating func add(_ context: FadingAge, weight: Double) {
        weighted += weight * context.pair
        plain += context.pair
        if context.age > 0, context.age < lasting * context.fadingPerSecond {
            lasting = context.age / context.fadingPerSecond
        }
    }

    /// - Parameters:
    ///   - weights: of all services.
    ///   - services: how many there are.
    func mean(weights: Double, services: Int) -> FadingAge {
        FadingAge(pair: weights > 0 ? weighted / weights : plain / Double(services))
    }
}
