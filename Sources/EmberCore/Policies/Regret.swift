/// What has been lost by an instance's absence: the saving that its requests have forgone, less what the victims of its
/// load were worth meanwhile; never below 0. The credit of ski rental (Karlin et al. 1988).
struct Regret: Codable, Sendable {
    private var amounts: [Double]
    /// What has been forgone since the amount was worked out.
    private var forgone: [Double]
    /// When each was last worked out, in periods.
    private var workedOutAt: [Double]

    init(instances: Int) {
        amounts = Array(repeating: 0, count: instances)
        forgone = amounts
        workedOutAt = amounts
    }

    /// Adds the saving that requests have lost by going to the cloud; returns an upper bound of the regret, as if all
    /// victims were worth nothing.
    mutating func forgo(_ saving: Double, of instance: InstanceID) -> Double {
        forgone[instance.index] += saving
        return max(0, amounts[instance.index] + forgone[instance.index])
    }

    /// Computes the regret again.
    ///
    /// - Parameters:
    ///   - displaced: what the victims of its load save per period.
    ///   - now: in periods.
    mutating func workOut(_ instance: InstanceID, displaced: Double, at now: Double) -> Double {
        let index = instance.index
        amounts[index] = max(0, amounts[index] + forgone[index] - displaced * (now - workedOutAt[index]))
        forgone[index] = 0
        workedOutAt[index] = now
        return amounts[index]
    }

    /// The catalogue changes; of new instances nothing has been forgone.
    mutating func move(_ map: CatalogueMap, at now: Double) {
        amounts = map.moved(amounts, fresh: 0)
        forgone = map.moved(forgone, fresh: 0)
        workedOutAt = map.moved(workedOutAt, fresh: now)
    }

    mutating func didLoad(_ instance: InstanceID) {
        amounts[instance.index] = 0
        forgone[instance.index] = 0
    }

    mutating func didEvict(_ instance: InstanceID, at now: Double) {
        didLoad(instance)
        workedOutAt[instance.index] = now
    }
}
