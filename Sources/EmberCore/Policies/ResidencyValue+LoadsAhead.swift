// What it is worth to load an instance before it is asked for.
extension ResidencyValue {
    /// What a load ahead of requests promises to save more than it costs, over the periods or until the next
    /// eviction: where memory changes hands all the time, the first request may come too late.
    ///
    /// The newcomer's next request would bring the load about anyway. To begin it now spares that request the wait, or the
    /// cloud, if it comes in time and before one for a victim, which would have to be loaded again. Else the load's work was in
    /// vain. Which request comes first is as for Poisson arrivals at the present rates. Without weights waiting costs nothing.
    mutating func prospect(
        of newcomer: InstanceID, replacing victims: [InstanceID], periods: Double, in edge: EdgeState
    ) -> Double {
        guard let weights = edge.settings.weights else { return 0 }
        let own = rate(of: newcomer, edge)
        guard own > 0 else { return 0 }
        let rates = victims.map { rate(of: $0, edge) }
        let all = rates.reduce(own, +)
        let span = min(periods, evictions.expectedGap(at: now(edge)) ?? periods)
        // That a request for any of them comes in time.
        let comes = 1 - halving(all * span * Self.halfLives)
        let isFirst = own / all * comes
        let load = loadParts(of: newcomer, weights, edge)
        let spared = min(
            load.waiting, edge.saving(of: edge[newcomer].model, kappa: projectedAge(of: newcomer, own, edge)))
        var prospect = isFirst * spared - (1 - isFirst) * load.work
        for (victim, rate) in zip(victims, rates) { prospect -= rate / all * comes * loadCost(of: victim, in: edge) }
        return prospect
    }

    /// In a time constant.
    private static var halfLives: Double { 1.442_695_040_888_963_4 }

    /// What a load costs: by the waiting for it, and besides.
    private func loadParts(
        of instance: InstanceID, _ weights: CostWeights, _ edge: EdgeState
    ) -> (waiting: Double, work: Double) {
        let model = edge[instance].model
        let cost = loadCost(of: instance, in: edge)
        guard edge.catalogue[model].measured.contains(.load) else {
            return (weights.waitingSecond * (edge.loadSeconds(of: model) ?? 0), cost)
        }
        let waiting =
            cost * weights.waitingSecond / max(.leastNonzeroMagnitude, weights.waitingSecond + weights.loadingSecond)
        return (waiting, cost - waiting)
    }
}
