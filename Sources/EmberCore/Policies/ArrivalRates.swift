/// Requests per period of every instance: running means in which older periods weigh less and less, over up to four
/// memories of different length, and the mean of these.
///
/// Time goes in steps, of which a period has one or more. A running mean is m <- (1 - beta) m + beta R at the end of
/// each step, divided by the weight that all steps so far have; in a period's steps together as much fades as in a
/// single one of its length. A short memory notices a change at once, a long one is steady; their mean needs no choice
/// between the two.
///
/// Sums are kept as if weights grew with time instead of fading, so that silence costs nothing and a rate is one dot
/// product: O(1), no matter how long ago an instance was last asked for.
struct ArrivalRates: Codable, Sendable {
    private struct Tally: Codable {
        /// Requests so far, each times the growth at its arrival; by memory.
        var grown = SIMD4<Double>.zero
        /// Requests that have arrived in the step `at`.
        var current = 0.0
        var at = -1.0
    }

    /// What turns grown sums into rates in one step.
    private struct Scales: Codable {
        var now = -1.0
        /// Without and with what has arrived at `now`.
        var before = SIMD4<Double>.zero
        var inclusive = SIMD4<Double>.zero
    }

    /// Of the last period, by memory.
    private let periodWeights: SIMD4<Double>
    private var stepsPerPeriod = 1.0
    /// beta, by memory: the weight of the last step.
    private var weights: SIMD4<Double>
    /// log2 of the growth of a weight in one step.
    private var growths: SIMD4<Double>
    /// Growth is 1 here.
    private var base = 0.0
    /// 2^-(growths x base).
    private var atBase = SIMD4<Double>(repeating: 1)
    /// At `scales.now`.
    private var growth = SIMD4<Double>(repeating: 1)
    private var scales = Scales()
    private var tallies: [Tally]

    /// Before sums grow beyond what a double holds they are brought back to a growth of 1.
    private static let mostDoublings = 200.0

    /// - Parameter weights: of the last period, by memory; at least one, at most four, each below 1.
    init(weights: [Double], instances: Int) {
        precondition((1...4).contains(weights.count) && weights.allSatisfy { 0 < $0 && $0 < 1 })
        // Repeated in turn, so that one memory, two and four are weighted evenly.
        periodWeights = SIMD4((0..<4).map { weights[$0 % weights.count] })
        self.weights = periodWeights
        growths = Self.growths(of: periodWeights)
        tallies = Array(repeating: Tally(), count: instances)
    }

    /// Moves the clock on, to the same or a later step.
    mutating func advance(to now: Double, stepsPerPeriod: Double = 1) {
        if stepsPerPeriod != self.stepsPerPeriod { divide(by: stepsPerPeriod) }
        guard now != scales.now else { return }
        var doublings = growths * (now - base)
        if doublings.max() > Self.mostDoublings {
            let fading = Self.powersOfTwo(-doublings)
            for index in tallies.indices { tallies[index].grown *= fading }
            base = now
            atBase = Self.powersOfTwo(-growths * now)
            doublings = .zero
        }
        growth = Self.powersOfTwo(doublings)
        // What is left, by now, of the weight of the steps before the first.
        let left = atBase / growth
        scales = Scales(
            now: now, before: mean(weightOfAll: 1 - left, fading: 1 - weights),
            inclusive: mean(weightOfAll: 1 - left * (1 - weights), fading: .one))
    }

    /// Before anything is counted.
    private mutating func divide(by stepsPerPeriod: Double) {
        self.stepsPerPeriod = stepsPerPeriod
        growths = Self.growths(of: periodWeights) / stepsPerPeriod
        weights = 1 - Self.powersOfTwo(-growths)
    }

    private static func growths(of weights: SIMD4<Double>) -> SIMD4<Double> {
        SIMD4((0..<4).map { -binaryLogarithm(1 - weights[$0]) })
    }

    /// The mean over the memories of beta x sum / (growth x fading x weight of all steps), times the steps
    /// of a period, as factors of the sums.
    private func mean(weightOfAll: SIMD4<Double>, fading: SIMD4<Double>) -> SIMD4<Double> {
        let scale = 0.25 * stepsPerPeriod * weights / (growth * fading * weightOfAll)
        return scale.replacing(with: 0, where: weightOfAll .<= 0)
    }

    /// Takes in requests that arrive in this step.
    mutating func count(_ requests: Int, of instance: InstanceID) {
        if tallies[instance.index].at != scales.now {
            tallies[instance.index].at = scales.now
            tallies[instance.index].current = 0
        }
        tallies[instance.index].current += Double(requests)
        tallies[instance.index].grown += Double(requests) * growth
    }

    /// The catalogue changes; the last tally is that of all instances together.
    mutating func move(_ map: CatalogueMap) {
        let all = tallies.removeLast()
        tallies = map.moved(tallies, fresh: Tally()) + [all]
    }

    /// Requests per period, from what came before this step.
    func rateBefore(of instance: InstanceID) -> Double {
        let tally = tallies[instance.index]
        guard tally.at == scales.now else { return (tally.grown * scales.before).sum() }
        return ((tally.grown - tally.current * growth) * scales.before).sum()
    }

    /// Requests per period, with what has come in this step.
    func rate(of instance: InstanceID) -> Double {
        let tally = tallies[instance.index]
        return (tally.grown * (tally.at == scales.now ? scales.inclusive : scales.before)).sum()
    }

    /// What the rate will not be below from now on, but for its fading: by at most `fastestFading` halvings a step.
    ///
    /// - Parameter countsPresent: whether what has arrived in this step counts.
    func lowestRate(of instance: InstanceID, countsPresent: Bool) -> Double {
        let tally = tallies[instance.index]
        let present = countsPresent || tally.at != scales.now ? 0 : tally.current
        return ((tally.grown - present * growth) * 0.25 * stepsPerPeriod * weights / growth).sum()
    }

    /// Halvings of the shortest memory in a step, for a number of steps a period.
    func fastestFading(stepsPerPeriod: Double) -> Double { Self.growths(of: periodWeights).max() / stepsPerPeriod }

    private static func powersOfTwo(_ exponents: SIMD4<Double>) -> SIMD4<Double> {
        SIMD4(powerOfTwo(exponents[0]), powerOfTwo(exponents[1]), powerOfTwo(exponents[2]), powerOfTwo(exponents[3]))
    }
}
