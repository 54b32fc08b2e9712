import EmberCore

/// One random server with its load: everything that a seed decides before the first event.
struct Scenario {
    var catalogue: Catalogue
    var settings: PlannerSettings
    var requests = 150
    var meanGapSeconds = 0.5
    var offloadableShare = 0.5
    var deadlineShare = 0.0
    var sizeShare = 0.0
    /// Share of the requests that some models' engines cannot serve.
    var unfitShare = 0.0
    /// Share of the requests that are like some which an engine has died of.
    var suspectShare = 0.0
    var tenants = 1
    /// Chance, with each arrival, that the machine's energy is measured.
    var energyReadings = 0.0
    /// Chance, with each arrival, that tokens are counted, or reported as held; above 0, most requests have a bound.
    var tokenReports = 0.0
    var loadSeconds = 0.0...3.0
    var runSeconds = 0.0...2.0
    var unloadSeconds = 0.0...1.0
    var faults = Faults()

    /// How likely each thing is that can go wrong.
    struct Faults {
        var loadFails = 0.0
        var requestFails = 0.0
        var cancelled = 0.0
        /// Chance, with each arrival, of one of the following.
        var engineDies = 0.0
        var measured = 0.0
        /// Of measurements, those with a peak; where there are any, engines are ended over the budget too.
        var peaks = 0.0
        var contextMeasured = 0.0
        var weightsCached = 0.0
        /// Of an engine's report with the next request that ends well.
        var workReported = 0.0
        var operatorActs = 0.0
        var misfit = 0.0
        var spuriousTick = 0.0
        var policyChanged = 0.0
        /// Files of a model are replaced, lost or back.
        var filesChange = 0.0
        /// Models and services come, go, and are others.
        var catalogueChanges = 0.0
        /// Other bounds hold.
        var settingsChange = 0.0
    }

    static func random(seed: UInt64) -> Scenario {
        var lots = SeededGenerator(seed: seed &* 7919)
        var scenario = Scenario(catalogue: randomCatalogue(&lots), settings: randomSettings(&lots))
        if seed % 3 == 0 { scenario.limitEnergy(&lots) }
        if seed % 2 == 0 { scenario.decideByCost(&lots) }
        scenario.meanGapSeconds = lots.number(0.02...1.5)
        scenario.offloadableShare = [0, 0.5, 0.9][lots.whole(0...2)]
        scenario.loadSeconds = 0...lots.number(0...3)
        scenario.runSeconds = 0...lots.number(0...3)
        scenario.unloadSeconds = 0...lots.number(0...1)
        let hasPeaks = seed % 4 < 2
        if lots.happens(0.75) {
            scenario.faults = Faults(
                loadFails: lots.number(0...0.3), requestFails: lots.number(0...0.3), cancelled: lots.number(0...0.3),
                engineDies: lots.number(0...0.1), measured: lots.happens(0.6) ? lots.number(0...0.2) : 0,
                contextMeasured: lots.happens(0.4) ? lots.number(0...0.3) : 0,
                weightsCached: lots.happens(0.5) ? lots.number(0...0.3) : 0,
                workReported: lots.happens(0.6) ? lots.number(0...0.5) : 0, operatorActs: lots.number(0...0.1),
                misfit: 0.1, spuriousTick: 0.1, policyChanged: lots.happens(0.3) ? 0.05 : 0)
            if hasPeaks { scenario.learnPeaks(&lots) }
            if seed % 5 < 2 { scenario.suspectRequests(&lots) }
            if seed % 4 == 1 { scenario.faults.catalogueChanges = lots.number(0.02...0.2) }
            if seed % 5 > 2 { scenario.faults.filesChange = lots.number(0.02...0.3) }
            if seed % 7 == 3 { scenario.faults.settingsChange = lots.number(0.02...0.2) }
        }
        if (1...3).contains(seed % 7) { scenario.limitTokens(&lots) }
        if seed % 3 == 1 { scenario.divideMemory(seed: seed) }
        return scenario
    }

    /// Two or three devices of unequal sizes, on which some models may not be everywhere.
    ///
    /// - Parameter seed: its lots are its own: the streams of one device stay as they are.
    mutating func divideMemory(seed: UInt64) {
        var lots = SeededGenerator(seed: seed &* 104_729)
        settings.devices = (0..<lots.whole(2...3)).map { _ in Bytes(lots.whole(20...70)) }
        let models = catalogue.models.map { model in
            var model = model
            model.devices = .random(&lots, of: settings.devices.count)
            return model
        }
        catalogue = Catalogue(models: models, services: catalogue.services, sharing: catalogue.sharing)
    }

    /// What a live server has, and the papers have not: measured costs, stand-ins, deadlines, tenants, looks ahead.
    private mutating func decideByCost(_ lots: inout SeededGenerator) {
        let models = catalogue.models.map { model in
            var model = model
            model.measured.formUnion(MeasuredTerms(rawValue: lots.whole(0...15)))
            return model
        }
        let variants = models.enumerated().map { index, model in
            var model = model
            let bases = models.indices.prefix(index).filter { models[$0].placement == .edge }
            if model.placement == .edge, let base = bases.first, lots.happens(0.2) { model.base = ModelID(base) }
            return model
        }
        let services = catalogue.services.map { service in
            var service = service
            if lots.happens(0.4) {
                service.standIns = models.indices.filter { _ in lots.happens(0.4) }.map { ModelID($0) }
            }
            return service
        }
        catalogue = Catalogue(models: variants, services: services, sharing: catalogue.sharing)
        if lots.happens(0.8) {
            var weights = CostWeights()
            weights.waitingSecond = lots.number(0...2)
            weights.offloading = lots.number(0...6)
            weights.money = lots.number(0...10)
            settings.weights = weights
        }
        settings.refusesHopeless = lots.happens(0.5)
        settings.prefetchSeconds = lots.happens(0.5) ? lots.number(0.1...5) : nil
        deadlineShare = lots.happens(0.5) ? 0 : lots.number(0...1)
        tenants = lots.whole(1...3)
        sizeShare = lots.happens(0.5) ? 0 : lots.number(0...1)
        unfitShare = lots.happens(0.5) ? 0 : lots.number(0...0.5)
    }

    /// Learnt in earlier lives too, now and then above the budget.
    private mutating func learnPeaks(_ lots: inout SeededGenerator) {
        faults.peaks = 0.7
        faults.measured = max(faults.measured, 0.1)
        settings.failures.overrunBackoffSeconds = lots.number(0.5...5)
        settings.failures.maxOverrunBackoffSeconds = lots.number(2...20)
        let models = catalogue.models.map { model in
            var model = model
            if lots.happens(0.4) {
                model.learnt = LearntMemory(resting: Bytes(lots.whole(1...130)), peak: Bytes(lots.whole(0...60)))
            }
            return model
        }
        catalogue = Catalogue(models: models, services: catalogue.services, sharing: catalogue.sharing)
    }

    /// Engines that die mostly of what they run.
    private mutating func suspectRequests(_ lots: inout SeededGenerator) {
        settings.failures.deathLimit = lots.whole(0...4)
        suspectShare = lots.number(0...0.3)
        faults.engineDies = max(faults.engineDies, lots.number(0.05...0.3))
    }

    /// Pools that hold a few requests at most, and some that never matter.
    private mutating func limitTokens(_ lots: inout SeededGenerator) {
        tokenReports = lots.number(0.2...1)
        let models = catalogue.models.map { model in
            var model = model
            guard lots.happens(0.8) else { return model }
            model.poolTokens = model.windowTokens * lots.whole(1...2)
            model.parallel = lots.whole(2...6)
            return model
        }
        catalogue = Catalogue(models: models, services: catalogue.services, sharing: catalogue.sharing)
    }

    private mutating func limitEnergy(_ lots: inout SeededGenerator) {
        let models = catalogue.models.map { model in
            var model = model
            model.typicalTokens = lots.whole(0...400)
            model.costs.joulesPerToken = lots.happens(0.2) ? 0 : lots.number(0...1)
            model.costs.perJoule = lots.happens(0.5) ? 0 : lots.number(0...0.001)
            if lots.happens(0.5) { model.measured.insert(.energy) }
            return model
        }
        catalogue = Catalogue(models: models, services: catalogue.services, sharing: catalogue.sharing)
        settings.energy.budget = lots.number(100...1500)
        settings.energy.windowSeconds = lots.number(2...20)
        energyReadings = lots.happens(0.3) ? 0 : lots.number(0.05...0.5)
    }

    private static func randomCatalogue(_ lots: inout SeededGenerator) -> Catalogue {
        var models: [ModelSpec] = []
        for index in 0..<lots.whole(1...6) {
            var model = ModelSpec(name: "model \(index)")
            model.placement = lots.happens(0.1) ? .cloud : .edge
            // The budget is 100: some of these never fit.
            model.residentBytes = Bytes(lots.happens(0.08) ? 120 : lots.whole(5...65))
            model.windowTokens = lots.whole(50...1000)
            model.parallel = lots.whole(1...4)
            model.isPinned = lots.happens(0.12)
            model.idleTTLSeconds = lots.happens(0.3) ? lots.number(0.5...20) : nil
            model.costs = CostRates(
                load: lots.happens(0.5) ? .constant(4) : .perByte(0.1), cloudPerRequest: 1,
                transmissionPerRequest: 0.1, inferencePerToken: 0.001, wrongAnswer: lots.number(0...1))
            model.accuracy = .boundedLog(zeroShot: 0.3, gain: 0.1, alpha: 1)
            models.append(model)
        }
        let services = (0..<lots.whole(1...3)).map { index in
            ServiceSpec(
                name: "service \(index)", vanishing: lots.happens(0.3) ? 0 : lots.number(0...0.6),
                demonstrationTokens: lots.whole(20...200))
        }
        return Catalogue(models: models, services: services, sharing: lots.happens(0.5) ? .instances : .pairs)
    }

    private static func randomSettings(_ lots: inout SeededGenerator) -> PlannerSettings {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.limit = lots.whole(1...60)
        settings.queue.limitPerInstance = lots.whole(1...30)
        settings.queue.maxWaitSeconds = lots.number(5...60)
        settings.queue.patienceSeconds = lots.number(0...6)
        settings.queue.gateWaitSeconds = lots.number(0...2)
        settings.queue.residencyPerLoad = lots.happens(0.3) ? 0 : lots.number(0...2)
        settings.retention = lots.happens(0.5) ? .lost : .kept
        settings.failures.retryLimit = lots.whole(0...2)
        settings.failures.failureLimit = lots.whole(1...4)
        settings.failures.backoffSeconds = lots.number(0.1...2)
        settings.failures.maxBackoffSeconds = lots.number(2...10)
        return settings
    }
}

extension DeviceRule {
    /// Half of the time there is none.
    static func random(_ lots: inout SeededGenerator, of count: Int) -> DeviceRule? {
        if lots.happens(0.5) { return nil }
        let devices = (0..<count).filter { _ in lots.happens(0.6) }.shuffled(using: &lots)
        return DeviceRule(
            devices: devices, split: lots.happens(0.3) ? devices.map { _ in lots.whole(1...4) } : [],
            mayDivide: lots.happens(0.8))
    }
}
