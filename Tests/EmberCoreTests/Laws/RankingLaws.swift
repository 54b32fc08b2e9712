import Testing

@testable import EmberCore

/// Victims found by a ranking of bounds are those that scoring every resident would have found.
@Suite struct RankingLaws {
    @Test(arguments: RankedPolicy.all)
    func rankedAndScoredVictimsAreTheSame(policy: RankedPolicy) {
        for seed in seeds(8) {
            let scenario = Scenario.random(seed: seed)
            let steps = [policy.ranked, policy.scored].map { entry in
                var edge = SimulatedEdge(entry, scenario, seed: seed)
                edge.run()
                return edge.steps
            }
            let difference = zip(steps[0], steps[1]).first { $0 != $1 }
            #expect(difference == nil, "\(policy), seed \(seed): \(difference.map { "\($0)" } ?? "")")
            #expect(steps[0].count == steps[1].count, "\(policy), seed \(seed)")
        }
    }

    @Test(arguments: RankedPolicy.all)
    func alsoInSlots(policy: RankedPolicy) {
        for seed in seeds(6) {
            let runs = [policy.ranked, policy.scored].map { SlotStream(seed: seed).effects(of: $0) }
            #expect(runs[0] == runs[1], "\(policy), seed \(seed)")
        }
    }

    /// The lowest key is always at the top, whatever was ranked, ranked again and removed.
    @Test func theLowestComesFirst() {
        for seed in seeds(4) {
            var lots = SeededGenerator(seed: seed)
            var ranking = Ranking(instances: 20)
            var keys: [Int: Double] = [:]
            for _ in 0..<2000 {
                let id = lots.whole(0...19)
                if lots.happens(0.3) {
                    ranking.remove(InstanceID(id))
                    keys[id] = nil
                } else {
                    keys[id] = Double(lots.whole(0...30))
                    ranking.rank(InstanceID(id), by: keys[id]!)
                }
                #expect(ranking.lowest?.key == keys.values.min())
                #expect(ranking.count == keys.count)
                if let lowest = ranking.lowest { #expect(keys[lowest.instance.index] == lowest.key) }
            }
        }
    }
}

/// Bounds that fall at different speeds.
@Suite struct BoundRankingLaws {
    /// The lowest floor is no higher than any resident's bound, and none that a resident can reach is above its own
    /// floor.
    @Test func theLowestFloorIsBelowEveryScore() {
        for seed in seeds(4) {
            var lots = SeededGenerator(seed: seed)
            let fastest = lots.number(0.01...2)
            var ranking = BoundRanking(.linear(perSecond: fastest), instances: 12)
            var lines: [Int: (score: Double, speed: Double, at: Double)] = [:]
            var now = 0.0
            for _ in 0..<1000 {
                now += lots.number(0...3)
                let id = lots.whole(0...11)
                if lots.happens(0.2) {
                    ranking.remove(InstanceID(id))
                    lines[id] = nil
                } else {
                    let (score, speed) = (lots.number(0...20), lots.happens(0.2) ? 0 : fastest * lots.number(0...1))
                    ranking.rank(InstanceID(id), by: ScoreBound(score, fallPerSecond: speed), at: now)
                    lines[id] = (score, speed, now)
                }
                let lowest = ranking.lowest(at: now)
                for (id, line) in lines {
                    let floor = ranking.floor(of: InstanceID(id), at: now)!
                    #expect(floor <= line.score - line.speed * (now - line.at))
                    #expect(lowest.score <= floor)
                }
                #expect((lowest.score == .infinity) == lines.isEmpty)
            }
        }
    }

    @Test func aSlowFallKeepsItsFloorHigh() {
        var ranking = BoundRanking(.linear(perSecond: 1), instances: 2)
        ranking.rank(InstanceID(0), by: ScoreBound(10), at: 0)
        ranking.rank(InstanceID(1), by: ScoreBound(9, fallPerSecond: 0.25), at: 0)
        #expect(ranking.lowest(at: 0).instance == InstanceID(1))
        #expect(ranking.lowest(at: 4).instance == InstanceID(0))
        #expect(abs(ranking.floor(of: InstanceID(1), at: 4)! - 8) < 1e-9)
    }
}

/// A policy that says how its scores fall, and the same one without a word of it.
struct RankedPolicy: Sendable, CustomTestStringConvertible {
    let ranked: PolicyEntry
    let scored: PolicyEntry

    var testDescription: String { ranked.name }

    private init<P: Policy>(_ name: String, _ make: @escaping @Sendable (Catalogue) -> P) {
        ranked = PolicyEntry(name, "") { catalogue, _, _ in make(catalogue) }
        scored = PolicyEntry(name, "") { catalogue, _, _ in Scored(policy: make(catalogue)) }
    }

    static let all = [
        RankedPolicy("least-context") { LeastContext(isGated: false, catalogue: $0) },
        RankedPolicy("least-context-gated") { LeastContext(isGated: true, catalogue: $0) },
        RankedPolicy("lfu-gated") { LeastFrequentlyUsed(isGated: true, catalogue: $0) },
        RankedPolicy("gdsf") { GreedyDualSizeFrequency(isGated: false, catalogue: $0) },
        RankedPolicy("gdsf-gated") { GreedyDualSizeFrequency(isGated: true, catalogue: $0) },
        RankedPolicy("lru") { LeastRecentlyUsed(catalogue: $0) },
        RankedPolicy("fifo") { FirstInFirstOut(catalogue: $0) },
        RankedPolicy("value-of-residency") { ValueOfResidency(catalogue: $0) },
        RankedPolicy("ski-rental") { SkiRental(catalogue: $0) },
        RankedPolicy("regret-forecast") { RegretAndForecast(catalogue: $0) },
    ]
}

/// A policy whose fall is unknown.
private struct Scored<P: Policy>: Policy {
    var policy: P

    var scoresPerByte: Bool { policy.scoresPerByte }

    mutating func score(of resident: InstanceID, in edge: EdgeState) -> Double { policy.score(of: resident, in: edge) }

    mutating func claim(of newcomer: InstanceID, in edge: EdgeState) -> Double { policy.claim(of: newcomer, in: edge) }

    mutating func mayAdmit(_ newcomer: InstanceID, in edge: EdgeState) -> Bool { policy.mayAdmit(newcomer, in: edge) }

    mutating func needed(of victims: [InstanceID], freeing missing: Bytes, in edge: EdgeState) -> [InstanceID] {
        policy.needed(of: victims, freeing: missing, in: edge)
    }

    mutating func admits(_ newcomer: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Bool {
        policy.admits(newcomer, replacing: victims, in: edge)
    }

    mutating func didRequest(_ instance: InstanceID, count: Int, in edge: EdgeState) {
        policy.didRequest(instance, count: count, in: edge)
    }

    mutating func didLoad(_ instance: InstanceID, in edge: EdgeState) { policy.didLoad(instance, in: edge) }

    mutating func didEvict(_ instance: InstanceID, in edge: EdgeState) { policy.didEvict(instance, in: edge) }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) { policy.didChange(map, in: edge) }
}

/// Random batches, slot by slot, with loads that take no time: many residents of many sizes.
private struct SlotStream {
    let seed: UInt64

    func effects(of entry: PolicyEntry) -> [[Effect]] {
        var lots = SeededGenerator(seed: seed)
        let models = (0..<12).map { index in
            ModelSpec(
                name: "m\(index)", residentBytes: Bytes(lots.whole(1...60)), windowTokens: lots.whole(100...2000),
                parallel: .max, typicalTokens: 100,
                costs: CostRates(
                    load: .constant(lots.number(0...2)), cloudPerRequest: lots.number(0...0.2),
                    inferencePerToken: lots.number(0...1e-4),
                    wrongAnswer: lots.number(0...0.2)),
                accuracy: .boundedLog(zeroShot: 0.4, gain: lots.number(-0.05...0.1), alpha: lots.happens(0.5) ? 1 : 0.5)
            )
        }
        let services = (0..<2).map { ServiceSpec(name: "s\($0)", vanishing: lots.number(0...2)) }
        let sharing: Sharing = lots.happens(0.5) ? .pairs : .instances
        let catalogue = Catalogue(models: models, services: services, sharing: sharing)
        var settings = PlannerSettings(budget: Bytes(150))
        settings.time = .slots
        settings.retention = lots.happens(0.5) ? .lost : .kept
        (settings.queue.residencyPerLoad, settings.queue.gateWaitSeconds, settings.queue.patienceSeconds) = (0, 0, 0)
        var planner = entry.planner(for: catalogue, settings: settings)
        var answers: [[Effect]] = []
        for slot in 0..<80 {
            var batches = 0
            func tell(_ event: Event) {
                var effects: [Effect] = []
                planner.handle(event, at: Time(seconds: Double(slot)), into: &effects)
                answers.append(effects)
                for effect in effects {
                    if case .beginLoad(let instance) = effect { tell(.loadFinished(instance)) }
                    if case .beginUnload(let instance, _) = effect { tell(.unloadFinished(instance)) }
                }
            }
            for pair in 0..<catalogue.pairCount where lots.happens(0.3) {
                let id = PairID(pair)
                tell(
                    .batchArrived(
                        RequestID(batches), service: catalogue.service(of: id), model: catalogue.model(of: id),
                        count: lots.whole(1...9), offloadable: true))
                batches += 1
            }
            for batch in 0..<batches { tell(.requestFinished(RequestID(batch), tokens: 100)) }
            tell(.slotEnded)
            #expect(planner.brokenInvariants() == [])
        }
        return answers
    }
}
