import EmberCore

// Rules 28 and 29.
extension SlowPlanner {
    mutating func readModel(_ target: Int, _ estimate: Bytes, resting: Int, peak: Int) {
        guard isOutOfUse(target) else { return }
        let wasWanted = engines[target].phase == .loading && engines[target].wanted
        takeBackLoad(target)
        let model = target % catalogue.models.count
        var models = catalogue.models
        models[model].residentBytes = estimate
        catalogue = Catalogue(models: models, services: catalogue.services, sharing: catalogue.sharing)
        forgottenLoads[model] = seenLoads.count
        for other in models.indices where host(other) == model || other == model { takeIn(other) }
        engines[target].unusable = false
        engines[target].failures = 0
        engines[target].overruns = 0
        engines[target].notBefore = min(engines[target].notBefore, now)
        engines[target].resting = resting
        engines[target].peak = peak
        if wasWanted { want(target) }
    }

    mutating func giveUpModel(_ target: Int) {
        guard isOutOfUse(target) else { return }
        takeBackLoad(target)
        if engines[target].phase == .reserved { withdraw(target) }
        engines[target].wanted = false
        engines[target].unusable = true
        for id in line(target) {
            leaveLine(id)
            cloudOrNo(id, .engineFailed, .modelFailed)
        }
    }

    private func isOutOfUse(_ target: Int) -> Bool {
        [.absent, .reserved, .loading].contains(engines[target].phase)
    }

    private mutating func takeBackLoad(_ target: Int) {
        guard engines[target].phase == .loading else { return }
        chargeLoadEnded(target, isGood: false)
        engines[target].wanted = false
        empty(target)
    }
}
