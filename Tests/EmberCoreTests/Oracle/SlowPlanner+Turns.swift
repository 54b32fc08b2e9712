import EmberCore

// Rules 14 and 15.
extension SlowPlanner {
    struct Flow: Hashable {
        let tenant: Int
        let service: Int

        init(_ ask: Ask) { (tenant, service) = (ask.terms.tenant, ask.service) }
    }

    mutating func takeRound(_ id: RequestID) {
        guard let joining = ask(id) else { return }
        let own = line(joining.target).compactMap(ask).filter { Flow($0) == Flow(joining) }
        let round = max(engines[joining.target].round + own.count, own.map(\.round).max() ?? 0)
        change(id) { $0.round = round }
    }

    mutating func makePlace(for id: RequestID, among ids: [RequestID], _ rejection: Rejection) -> Bool {
        guard let newcomer = ask(id), !newcomer.cloudMayAnswer else { return false }
        let flows = Dictionary(grouping: ids.compactMap(ask), by: Flow.init)
        let own = flows[Flow(newcomer)]?.count ?? 0
        let lasts = flows.values.compactMap { asks -> (Int, Double, Int)? in
            asks.map { ($0.came, $0.id.index) }.max { $0 < $1 }.map { (asks.count, $0.0, $0.1) }
        }
        guard let (most, _, index) = lasts.max(by: { $0 < $1 }), most >= own + 2, let loser = ask(RequestID(index))
        else {
            return false
        }
        leaveLine(loser.id)
        cloudOrNo(loser.id, .queueFull, rejection)
        if loser.target != newcomer.target { giveUpIfNobodyWaits(loser.target) }
        return true
    }

    func due(_ ask: Ask) -> Double {
        let patience = ask.latest - ask.came
        return ask.cloudMayAnswer && ask.lead < patience ? ask.latest - ask.lead : ask.latest
    }

    /// Whose turn comes before that of one that has not queued yet.
    func ahead(of ask: Ask) -> Int {
        let others = line(ask.target).compactMap(self.ask)
        let own = others.filter { Flow($0) == Flow(ask) }
        let round = max(engines[ask.target].round + own.count, own.map(\.round).max() ?? 0)
        return others.count { ($0.round, $0.came) <= (round, ask.came) }
    }

    mutating func endLate(_ id: RequestID) {
        if let deadline = ask(id)?.terms.deadlineSeconds, deadline < settings.queue.maxWaitSeconds {
            cloudOrNo(id, .deadline, .deadline)
        } else {
            cloudOrNo(id, .waitedTooLong, .waitedTooLong)
        }
    }

    func expectedWait(_ target: Int, for ask: Ask, ahead: Int) -> Double {
        let model = target % catalogue.models.count
        let (each, load) = (seen[model].edge.mean ?? 0, expectedLoad(model) ?? 0)
        let slots = spec(target).parallel
        if isInService(target) {
            let isSuspected = running(target).contains { $0.deaths > 0 }
            let isOpen = running(target).count < slots && hasMemory(target) && hasTokens(ask, target)
            if line(target).isEmpty, !isSuspected, isOpen { return 0 }
            return each * Double(ahead + 1) / Double(slots)
        }
        let gone = engines[target].phase == .loading ? now - engines[target].loadBegan : 0
        return max(0, load - gone) + each * Double(ahead / slots)
    }

    /// Rule 16.
    private mutating func loadForOthers(_ ask: Ask) {
        guard ask.terms.deadlineSeconds != 0, mayBegin(ask.target), line(ask.target).isEmpty, canFit(ask.target),
            !lines.contains(where: { starves($0.target) && mayMeet($0.target, ask.target) })
        else { return }
        let isGated = ask.cloudMayAnswer || settings.queue.gateWaitSeconds > 0
        if let verdict = weigh(ask.target, gated: isGated, mayDrain: false) { admit(ask.target, verdict) }
    }

    /// Whether the request has been sent away.
    mutating func turnedAway(_ id: RequestID) -> Bool {
        guard let ask = ask(id) else { return false }
        if engines[ask.target].phase == .absent, engines[ask.target].unusable || !canFit(ask.target) { return false }
        let isAsked = settings.refusesHopeless || ask.terms.deadlineSeconds != nil
        if isAsked, now + expectedWait(ask.target, for: ask, ahead: ahead(of: ask)) > ask.latest {
            endLate(id)
            loadForOthers(ask)
            return true
        }
        guard engines[ask.target].phase != .absent, leaves(ask) else { return false }
        toCloud(id, .cheaper)
        return true
    }

    /// Rules 36 and 37.
    mutating func leaves(_ ask: Ask) -> Bool {
        guard settings.weights != nil, ask.cloudMayAnswer else { return false }
        let edge = edgeTotal(of: ask, on: ask.model, ahead: ahead(of: ask))
        let cloud = cloudCost(ask.model, ask.terms.size)
        guard cloud < edge else { return false }
        guard isMeasured(ask.model, .inference) else { return true }
        let isIdle = isInService(ask.target) && running(ask.target).isEmpty && line(ask.target).isEmpty
        let credit = trialCredits[ask.model].reduce(0, +)
        if isIdle, seen[ask.model].edge.all.isEmpty || credit >= edge - cloud {
            trialCredits[ask.model] = []
            answers.append(.trial(ask.id))
            return false
        }
        trialCredits[ask.model].append(0.02 * cloud)
        return true
    }
}
