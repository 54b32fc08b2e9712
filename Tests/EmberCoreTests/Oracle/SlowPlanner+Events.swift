import EmberCore

// Rules 8 to 12, 21, 22, 25, 27, 30 and 31.
extension SlowPlanner {
    mutating func handle(_ event: Event, at time: Time) -> [Effect] {
        answers = []
        now = max(now, time.seconds)
        switch event {
        case .requestArrived(let id, let service, let model, let offloadable, let terms):
            arrive(id, service.index, model.index, offloadable, terms)
        case .requestFinished(let id, let tokens, let bill, let work): finish(id, tokens, bill, work)
        case .requestFailed(let id, let retryable): fail(id, retryable)
        case .requestCancelled(let id): cancel(id)
        case .loadFinished(let instance): becomeResident(instance.index)
        case .loadFailed(let instance):
            if engines[instance.index].phase == .loading {
                chargeLoadEnded(instance.index, isGood: false)
                breakDown(instance.index)
            }
        case .engineDied(let instance): if engines[instance.index].phase == .resident { die(instance.index) }
        case .unloadFinished(let instance):
            guard engines[instance.index].phase == .leaving else { break }
            let comesBack = engines[instance.index].comesBack
            empty(instance.index)
            engines[instance.index].comesBack = false
            if comesBack { engines[instance.index].phase = .reserved }
        case .contextMeasured(let service, let model, let examples, let worth):
            guard engines[target(service.index, model.index)].contexts.contains(service.index) else { break }
            memories.told[memories.pair(service.index, host(model.index))] = .init(
                examples: examples, worth: worth, at: now)
        case .tokensCounted(let id, let tokens): countTokens(id, tokens)
        case .tokensHeld(let instance, let tokens): hold(instance.index, tokens)
        case .weightsCached(let model, let share):
            shares[model.index] = share
            for other in catalogue.models.indices where host(other) == model.index || other == model.index {
                takeIn(other)
            }
        case .footprintMeasured(let instance, let resting, let peak):
            learn(instance.index, resting: resting.count, peak: peak.count)
        case .engineOverran(let instance, let resting, let peak):
            overrun(instance.index, resting: resting.count, peak: peak.count)
        case .modelRead(let instance, let estimate, let resting, let peak):
            readModel(instance.index, estimate, resting: resting.count, peak: peak.count)
        case .modelUnusable(let instance): giveUpModel(instance.index)
        case .footprintForgotten(let instance): forgetMemory(instance.index)
        case .energyMeasured(let joules): draw(joules)
        case .loadRequested(let instance): want(instance.index)
        case .unloadRequested(let instance): unwant(instance.index)
        case .catalogueChanged(let change): changeCatalogue(change)
        case .settingsChanged(let change):
            if settings.devices.count == 1 { settings.budget = change.budget }
            settings.queue = change.queue
            settings.prefetchSeconds = change.prefetchSeconds
        case .tick: unloadIdle()
        // Batches and slots are the simulator's, and checked there; its yardstick is one policy's.
        case .batchArrived, .slotEnded, .policyChanged: break
        }
        goOn()
        return answers
    }

    private mutating func arrive(
        _ id: RequestID, _ service: Int, _ model: Int, _ offloadable: Bool, _ terms: RequestTerms
    ) {
        let target = target(service, model)
        asks.append(
            Ask(
                id: id, service: service, model: model, target: target, cloudMayAnswer: offloadable, came: now,
                latest: now + min(settings.queue.maxWaitSeconds, terms.deadlineSeconds ?? .infinity), terms: terms,
                lead: offloadable && terms.deadlineSeconds != nil ? seen[model].cloud.mean ?? 0 : 0,
                deaths: terms.deaths))
        let isHedge = terms.deadlineSeconds == 0
        let isUnfit = terms.unfit.contains(ModelID(model)) || catalogue.models[model].isRetired
        if catalogue.models[model].placement == .edge, !isUnfit, !isHedge {
            memories.asked[memories.pair(service, host(model))].append(now)
            chronicle.requests.append(target)
            planLook()
        }
        if !isHedge, !isUnfit { takeStandIn(id) }
        place(id)
    }

    private mutating func place(_ id: RequestID) {
        guard let asking = ask(id) else { return }
        let (model, target, offloadable) = (asking.model, asking.target, asking.cloudMayAnswer)
        if catalogue.models[model].placement == .cloud { return toCloud(id, .cloudModel) }
        if catalogue.models[model].isRetired { return cloudOrNo(id, .modelRemoved, .modelRemoved) }
        if asking.terms.unfit.contains(ModelID(model)) { return toCloud(id, .unfit) }
        if turnedAway(id) { return }
        switch engines[target].phase {
        case .resident where engines[target].leavesFor == nil && offloadable && !hasEnergy(model):
            toCloud(id, .energySpent)
        case .resident where engines[target].leavesFor == nil:
            let round = engines[target].round
            change(id) { $0.round = round }
            if !line(target).isEmpty || !start(id) { wait(id) }
        case .resident, .leaving: cloudOrWait(id, .draining)
        case .reserved, .loading: wait(id)
        case .absent: arriveAtAbsent(id, target, offloadable)
        }
    }

    /// Rule 12.
    private mutating func arriveAtAbsent(_ id: RequestID, _ target: Int, _ offloadable: Bool) {
        if engines[target].unusable { return cloudOrNo(id, .engineFailed, .modelFailed) }
        if !canFit(target) { return cloudOrNo(id, .neverFits, .neverFits) }
        if isBarred(target) { return cloudOrNo(id, .overBudget, .overBudget) }
        if now < engines[target].notBefore {
            let isRefused = engines[target].failures >= settings.failures.failureLimit
            return isRefused ? cloudOrNo(id, .engineFailed, .modelFailed) : cloudOrWait(id, .engineFailed)
        }
        if offloadable, let model = ask(id)?.model, !hasEnergy(model) { return toCloud(id, .energySpent) }
        let someoneStarves = lines.contains { starves($0.target) && mayMeet($0.target, target) }
        if !line(target).isEmpty || someoneStarves { return cloudOrWait(id, .notAdmitted) }
        let hasPlace = waiting < settings.queue.limit && settings.queue.limitPerInstance > 0
        if offloadable, hasPlace {
            guard let verdict = weigh(target, gated: true, mayDrain: false) ?? paidVerdict(id) else {
                return toCloud(id, .notAdmitted)
            }
            admit(target, verdict)
            if let ask = ask(id), leaves(ask) { return toCloud(id, .cheaper) }
        }
        wait(id)
    }

    /// Rule 9: whether the request could be dispatched.
    mutating func start(_ id: RequestID) -> Bool {
        guard let ask = ask(id), isInService(ask.target), running(ask.target).count < spec(ask.target).parallel,
            isAdmissible(ask), hasMemory(ask.target), hasTokens(ask, ask.target), hasEnergy(ask.model)
        else { return false }
        if !engines[ask.target].contexts.contains(ask.service) { engines[ask.target].contexts.append(ask.service) }
        let kappa = memories.kappa(ask.service, host(ask.model), at: now)
        let life = engines[ask.target].life
        let accuracy = catalogue.models[ask.model].accuracy.accuracy(at: kappa)
        let joules = expectedJoules(ask.model)
        let instant = now
        change(id) {
            $0.begun = instant
            $0.place = .engine(life: life)
            $0.accuracy = accuracy
            $0.joules = joules
        }
        engines[ask.target].used = now
        engines[ask.target].hasRun = true
        makeRoom(ask.target)
        answers.append(.dispatch(id, InstanceID(ask.target)))
        return true
    }

    private mutating func finish(_ id: RequestID, _ tokens: Int, _ bill: Double, _ work: EngineWork?) {
        guard let ask = ask(id) else { return }
        let prices = catalogue.models[ask.model].costs
        switch ask.place {
        case .nowhere, .queue: return
        case .cloud:
            chargeCloud(ask, bill: bill)
            forget(id)
        case .engine(let life):
            if let work { works[ask.model].append(work) }
            costs.accuracy += prices.wrongAnswer * (1 - ask.accuracy)
            costs.inference +=
                isMeasured(ask.model, .inference)
                ? (settings.weights?.waitingSecond ?? 0) * (now - ask.begun) : prices.inferencePerToken * Double(tokens)
            costs.transmission += prices.transmissionPerRequest
            endEnergy(ask, tokens: tokens)
            chargeWait(ask)
            seen[ask.model].edge.all.append(now - ask.begun)
            seen[ask.model].tokens.all.append(Double(tokens))
            takeIn(ask.model)
            if life == engines[ask.target].life {
                memories.served[memories.pair(ask.service, host(ask.model))].append(now)
                engines[ask.target].failures = 0
                engines[ask.target].overruns = 0
                engines[ask.target].deaths = 0
            }
            forget(id)
            stopped(ask)
        }
    }

    private mutating func fail(_ id: RequestID, _ retryable: Bool) {
        guard let ask = ask(id), case .engine = ask.place else {
            if ask(id)?.place == .cloud { cloudFails(id, retryable) }
            return
        }
        endEnergy(ask, tokens: nil)
        let engine = engines[ask.target]
        let isRefused = engine.unusable || (engine.failures >= settings.failures.failureLimit && now < engine.notBefore)
        change(id) {
            $0.failures += 1
            $0.place = .nowhere
        }
        if !retryable {
            forget(id)
        } else if catalogue.models[ask.model].isRetired {
            cloudOrNo(id, .modelRemoved, .modelRemoved)
        } else if ask.isTooLarge {
            cloudOrNo(id, .overBudget, .requestNeedsTooMuch)
        } else if ask.deaths > 1 {
            cloudOrNo(id, .engineFailed, .engineFailed)
        } else if ask.failures + 1 - min(2, ask.overruns) > settings.failures.retryLimit {
            cloudOrNo(id, .engineFailed, .engineFailed)
        } else if isBarred(ask.target) {
            cloudOrNo(id, .overBudget, .overBudget)
        } else if isRefused {
            cloudOrNo(id, .engineFailed, .modelFailed)
        } else if ask.cloudMayAnswer {
            toCloud(id, .engineFailed)
        } else {
            joinLine(id)
        }
        stopped(ask)
    }

    private mutating func cloudFails(_ id: RequestID, _ retryable: Bool) {
        guard retryable else { return forget(id) }
        change(id) {
            $0.failures += 1
            $0.place = .nowhere
            $0.cloudMayAnswer = false
        }
        guard let ask = ask(id), ask.failures <= settings.failures.retryLimit,
            catalogue.models[ask.model].placement == .edge,
            !ask.terms.unfit.contains(ModelID(ask.model)), !catalogue.models[ask.model].isRetired
        else {
            return cloudOrNo(id, .engineFailed, .cloudFailed)
        }
        place(id)
    }

    private mutating func cancel(_ id: RequestID) {
        guard let ask = ask(id) else { return }
        leaveLine(id)
        forget(id)
        if case .engine = ask.place {
            endEnergy(ask, tokens: nil)
            stopped(ask)
        }
        giveUpIfNobodyWaits(ask.target)
    }

    /// A request that ran on an engine, in whichever life, runs no more.
    private mutating func stopped(_ ask: Ask) {
        guard ask.place == .engine(life: engines[ask.target].life) else { return }
        engines[ask.target].used = now
        leaveIfEmpty(ask.target)
    }

    private mutating func becomeResident(_ target: Int) {
        guard engines[target].phase == .loading else { return }
        engines[target].phase = .resident
        openPool(target)
        engines[target].hasRun = false
        engines[target].wanted = false
        engines[target].loadEnded = now
        chargeLoadEnded(target, isGood: true)
        engines[target].used = now
    }

    /// Rule 26.
    private func isAdmissible(_ ask: Ask) -> Bool {
        running(ask.target).isEmpty || ask.deaths == 0 && !running(ask.target).contains { $0.deaths > 0 }
    }

    /// Rule 26.
    private mutating func die(_ target: Int) {
        guard let limit = settings.failures.deathLimit, engines[target].hasRun else { return breakDown(target) }
        for ask in running(target) { change(ask.id) { $0.deaths += 1 } }
        engines[target].deaths += 1
        if engines[target].deaths > limit { return breakDown(target) }
        empty(target)
        engines[target].notBefore = now + backoff(target)
        for id in line(target) where ask(id)?.cloudMayAnswer == true {
            leaveLine(id)
            toCloud(id, .engineFailed)
        }
    }

    private func backoff(_ target: Int) -> Double {
        var wait = settings.failures.backoffSeconds
        for _ in 1..<max(1, engines[target].failures) { wait = min(settings.failures.maxBackoffSeconds, wait * 2) }
        return min(settings.failures.maxBackoffSeconds, wait)
    }

    /// Rule 25.
    private mutating func breakDown(_ target: Int) {
        if engines[target].phase == .loading { engines[target].wanted = false }
        empty(target)
        engines[target].failures += 1
        engines[target].notBefore = now + backoff(target)
        let isRefused = engines[target].failures >= settings.failures.failureLimit
        for id in line(target) where isRefused || ask(id)?.cloudMayAnswer == true {
            leaveLine(id)
            cloudOrNo(id, .engineFailed, .modelFailed)
        }
    }

    /// Rule 31.
    mutating func want(_ target: Int) {
        engines[target].notBefore = min(engines[target].notBefore, now)
        if engines[target].phase == .reserved || engines[target].comesBack { return engines[target].wanted = true }
        guard engines[target].phase != .loading, !isInService(target), !engines[target].unusable,
            !spec(target).isRetired, canFit(target)
        else { return }
        guard let verdict = weigh(target, gated: false, mayDrain: false) else { return }
        engines[target].wanted = engines[target].phase != .resident
        admit(target, verdict)
    }

    mutating func unwant(_ target: Int) {
        engines[target].wanted = false
        switch engines[target].phase {
        case .reserved, .loading:
            for id in line(target) {
                leaveLine(id)
                cloudOrNo(id, .unloaded, .unloaded)
            }
        case .resident: if engines[target].leavesFor == nil { sendAway(target, for: target, .requested) }
        case .absent, .leaving: break
        }
        if engines[target].phase == .loading {
            chargeLoadEnded(target, isGood: false)
            engines[target].phase = .leaving
            engines[target].life += 1
            answers.append(.beginUnload(InstanceID(target), .requested))
        }
        giveUpIfNobodyWaits(target)
    }

    /// Rule 30.
    private mutating func unloadIdle() {
        for target in engines.indices where isInService(target) && !spec(target).isPinned && !isInUse(target) {
            guard let ttl = spec(target).idleTTLSeconds, protectionEnd(target) <= now else { continue }
            if now >= engines[target].used + ttl { sendAway(target, for: target, .idle) }
        }
    }
}
