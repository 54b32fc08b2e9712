import EmberCore

// What every event is followed by ("Order"), and rule 33.
extension SlowPlanner {
    mutating func goOn() {
        if !fullDevices.isEmpty { shed() }
        endOverdue()
        for line in lines where isInService(line.target) {
            for id in line.ids {
                guard start(id) else { break }
                engines[line.target].round = max(engines[line.target].round, ask(id)?.round ?? 0)
                leaveLine(id)
            }
        }
        admitWaiting()
        lookAhead()
        for target in promised
        where engines[target].phase == .reserved && fits(engines[target].bytes, target, beside: occupied) {
            promised.removeAll { $0 == target }
            engines[target].phase = .loading
            engines[target].loadBegan = now
            if !isMeasured(target % catalogue.models.count, .load) {
                costs.switching += spec(target).costs.load.cost(of: spec(target).residentBytes)
            }
            chronicle.loads.append(target)
            answers.append(.beginLoad(InstanceID(target)))
        }
    }

    private mutating func endOverdue() {
        for line in lines {
            for id in line.ids {
                guard let ask = ask(id), now >= due(ask) else { continue }
                leaveLine(id)
                endLate(id)
            }
            giveUpIfNobodyWaits(line.target)
        }
    }

    /// Rules 18 and 19.
    private mutating func admitWaiting() {
        let absent = lines.map(\.target).filter(mayBegin)
        var unserved: [Int] = []
        for target in absent.map({ (firstCame($0), $0) }).sorted(by: { $0 < $1 }).map(\.1) {
            if unserved.contains(where: { mayMeet($0, target) }) { continue }
            if !canFit(target) {
                for id in line(target) {
                    leaveLine(id)
                    cloudOrNo(id, .neverFits, .neverFits)
                }
                continue
            }
            let starves = starves(target)
            let isGated = !hasWaited(target, settings.queue.gateWaitSeconds)
            if let verdict = weigh(target, gated: isGated, mayDrain: starves) {
                admit(target, verdict)
            } else if starves {
                unserved.append(target)
            }
        }
    }

    /// Rule 33.
    var nextWake: Double? {
        var instants: [Double] = []
        for line in lines {
            let came = firstCame(line.target)
            instants += line.ids.compactMap(ask).map(due)
            instants += reliefs
            guard engines[line.target].phase == .absent else { continue }
            instants += [
                came + settings.queue.gateWaitSeconds, came + settings.queue.patienceSeconds,
                engines[line.target].notBefore,
            ]
        }
        for target in engines.indices where engines[target].phase == .resident {
            if !lines.isEmpty { instants.append(protectionEnd(target)) }
            if let ttl = spec(target).idleTTLSeconds, running(target).isEmpty {
                instants.append(max(engines[target].used + ttl, protectionEnd(target)))
            }
        }
        if let look { instants.append(look) }
        return instants.filter { $0 > now && $0.isFinite }.min()
    }
}
