// Energy as the machine measures it.
extension Planner {
    /// The machine has taken so many joules: they are spent and charged, and what a token takes is learnt of them.
    mutating func takeEnergy(_ joules: Double) {
        guard edge.settings.time == .continuous else { return }
        let isFirst = !edge.ledger.joulesAreMeasured
        edge.ledger.charge(measuredJoules: joules, perJoule: edge.catalogue.pricePerJoule)
        edge.energy?.spend(joules, at: edge.now)
        // Nobody has said since when the first was measured.
        if isFirst { return edge.tokenEnergy.begin() }
        guard let learnt = edge.tokenEnergy.learn(from: joules) else { return }
        edge.catalogue.take(joulesPerToken: learnt, hasWeights: edge.settings.weights != nil)
        // What residents save may have changed with it.
        for instance in edge.inMemory where isRanked(instance) { rank(instance) }
    }
}
