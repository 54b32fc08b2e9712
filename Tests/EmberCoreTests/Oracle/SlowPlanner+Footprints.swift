import EmberCore

// Rules 4 to 7.
extension SlowPlanner {
    /// Rule 6.
    mutating func learn(_ target: Int, resting: Int, peak: Int) {
        let isInMemory = [.loading, .resident, .leaving].contains(engines[target].phase)
        let resting = isInMemory ? resting : min(resting, max(0, room(target)))
        var most = room(target) - resting
        if spec(target).isPinned { most -= largestOther(target) }
        engines[target].resting = resting
        engines[target].peak = min(peak, max(0, most))
    }

    /// Rule 5.
    func hasMemory(_ target: Int) -> Bool {
        running(target).isEmpty || engines[target].peak == 0
            || fits(engines[target].peak, target) { max(occupied($0), committed($0) + beside($0)) }
    }

    func isBarred(_ target: Int) -> Bool { engines[target].overruns > 0 && now < engines[target].notBefore }

    /// Rule 7.
    mutating func overrun(_ target: Int, resting: Int, peak: Int) {
        guard [.loading, .resident].contains(engines[target].phase) else { return }
        let isUnused = engines[target].phase == .loading || !engines[target].hasRun
        let ran = running(target)
        if engines[target].phase == .loading {
            chargeLoadEnded(target, isGood: false)
            engines[target].wanted = false
        }
        let exceeds = resting + peak > room(target)
        for ask in ran {
            change(ask.id) {
                $0.overruns += 1
                $0.isTooLarge = ran.count == 1 && (exceeds || $0.overruns > 1)
            }
        }
        empty(target)
        learn(target, resting: resting, peak: peak)
        guard isUnused else { return }
        engines[target].overruns += 1
        var wait = settings.failures.overrunBackoffSeconds
        for _ in 1..<engines[target].overruns { wait = min(settings.failures.maxOverrunBackoffSeconds, wait * 2) }
        engines[target].notBefore = now + min(settings.failures.maxOverrunBackoffSeconds, wait)
        for id in line(target) {
            leaveLine(id)
            cloudOrNo(id, .overBudget, .overBudget)
        }
    }

    mutating func forgetMemory(_ target: Int) {
        let isInMemory = [.loading, .resident, .leaving].contains(engines[target].phase)
        learn(target, resting: isInMemory ? engines[target].resting : spec(target).residentBytes.count, peak: 0)
        if engines[target].overruns > 0 { engines[target].notBefore = min(engines[target].notBefore, now) }
        engines[target].overruns = 0
    }
}
