import EmberCore

// Rules 1 to 4, 17 to 20, 23 and 24.
extension SlowPlanner {
    func score(_ target: Int) -> Double {
        switch yardstick {
        case .leastContext: memories.age(of: target, at: now)
        case .leastFrequent: Double(chronicle.requests.filter { $0 == target }.count)
        case .leastRecent: Double(chronicle.requests.lastIndex(of: target) ?? -1)
        case .firstIn: Double(chronicle.loads.lastIndex(of: target) ?? -1)
        case .cloud: 0
        }
    }

    func claim(_ target: Int) -> Double {
        switch yardstick {
        case .leastContext(gated: true): max(memories.age(of: target, at: now), .leastNonzeroMagnitude)
        case .leastFrequent(gated: true): score(target)
        default: .infinity
        }
    }

    func byScore(_ targets: [Int]) -> [Int] {
        targets.map { (score($0), $0) }.sorted { $0 < $1 }.map(\.1)
    }

    /// Rule 17: nothing where the newcomer is not admitted.
    mutating func weigh(_ newcomer: Int, gated: Bool, mayDrain: Bool) -> Verdict? {
        learn(newcomer, resting: engines[newcomer].resting, peak: engines[newcomer].peak)
        let evictable = engines.indices.filter { other in
            isInService(other) && !spec(other).isPinned && protectionEnd(other) <= now && (mayDrain || !isInUse(other))
        }
        if gated, case .cloud = yardstick { return nil }
        return choose(newcomer, evictable, below: gated ? claim(newcomer) : .infinity)
    }

    mutating func admit(_ newcomer: Int, _ verdict: Verdict) {
        switch engines[newcomer].phase {
        case .resident: engines[newcomer].leavesFor = nil
        case .leaving:
            engines[newcomer].comesBack = true
            promised.append(newcomer)
        default:
            engines[newcomer].phase = .reserved
            engines[newcomer].layout = verdict.layout
            promised.append(newcomer)
        }
        for victim in verdict.victims { sendAway(victim, for: newcomer, .evicted(for: InstanceID(newcomer))) }
    }

    mutating func sendAway(_ target: Int, for other: Int, _ reason: UnloadReason) {
        engines[target].leavesFor = other
        engines[target].leavesBecause = reason
        leaveIfEmpty(target)
    }

    mutating func leaveIfEmpty(_ target: Int) {
        let engine = engines[target]
        guard engine.phase == .resident, engine.leavesFor != nil, running(target).isEmpty else { return }
        engines[target].phase = .leaving
        closePool(target)
        engines[target].leavesFor = nil
        answers.append(.beginUnload(InstanceID(target), engine.leavesBecause))
    }

    /// Rule 20.
    mutating func giveUpIfNobodyWaits(_ target: Int) {
        let isPromised = engines[target].phase == .reserved || engines[target].comesBack
        if isPromised, line(target).isEmpty, !engines[target].wanted { withdraw(target) }
    }

    mutating func withdraw(_ target: Int) {
        if engines[target].phase == .reserved { engines[target].phase = .absent }
        engines[target].comesBack = false
        engines[target].wanted = false
        promised.removeAll { $0 == target }
        for other in engines.indices where engines[other].leavesFor == target {
            if fits(engines[other].bytes, other, beside: committed) { engines[other].leavesFor = nil }
        }
    }

    /// Rule 1.
    mutating func shed() {
        while let youngest = promised.last(where: { isOn(fullDevices, $0) }) { withdraw(youngest) }
        let residents = engines.indices.filter { isInService($0) && !spec($0).isPinned }
        for target in byScore(residents) where isOn(fullDevices, target) {
            sendAway(target, for: target, .overBudget)
        }
    }

    /// Out of memory: contexts and running requests are gone (rules 23 and 24).
    mutating func empty(_ target: Int) {
        for service in engines[target].contexts { lose(service, of: target) }
        engines[target].contexts = []
        engines[target].phase = .absent
        closePool(target)
        engines[target].leavesFor = nil
        engines[target].life += 1
    }

    private mutating func lose(_ service: Int, of target: Int) {
        guard settings.retention == .lost else { return }
        memories.lose(service, target % catalogue.models.count, at: now)
    }
}
