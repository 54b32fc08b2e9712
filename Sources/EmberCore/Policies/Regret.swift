/// What has been lost by an instance's absence: the saving that its requests have forgone, less what the victims of its
/// load were worth meanwhile; never below 0. The credit of ski rental (Karlin et al. 1988).
struct Regret: Sendable {
    private var amounts: [Double]
    /// When each was last worked out, in periods.
    private var workedOutAt: [Double]

    init(instances: Int) {
        amounts = Array(repeating: 0, count: instances)
        workedOutAt = amounts
    }

    /// Takes in that the newcomer has asked for memory, and returns its regret.
    ///
    /// - Parameters:
    ///   - forgone: what its requests of this instant would save at the edge.
    ///   - displaced: what its victims save per period.
    mutating func grow(
        of newcomer: InstanceID, forgone: Double, displaced: Double, in edge: EdgeState
    ) -> Double {
        let (index, now) = (newcomer.index, ResidencyValue.now(edge))
        amounts[index] = max(0, amounts[index] + forgone - displaced * (now - workedOutAt[index]))
        workedOutAt[index] = now
        return amounts[index]
    }

    mutating func didLoad(_ instance: InstanceID) { amounts[instance.index] = 0 }

    mutating func didEvict(_ instance: InstanceID, in edge: EdgeState) {
        amounts[instance.index] = 0
        workedOutAt[instance.index] = ResidencyValue.now(edge)
    }
}
