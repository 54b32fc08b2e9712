import Testing

@testable import EmberCore

/// Energy as a constraint, worked by hand.
@Suite struct EnergyGoldens {
    /// 2 J a token, or nothing declared, and 10 tokens expected a request: 20 J each, or none yet.
    private func script(budget: Double, declared: Bool = true, time: TimeModel = .continuous) throws -> Script {
        var model = ModelSpec(
            name: "m", residentBytes: Bytes(10), parallel: 8, typicalTokens: 10,
            costs: CostRates(joulesPerToken: declared ? 2 : 0, perJoule: 0.5))
        if !declared { model.measured = .energy }
        let catalogue = Catalogue(models: [model], services: [ServiceSpec(name: "s")])
        var settings = PlannerSettings(budget: Bytes(100))
        settings.energy.budget = budget
        settings.energy.windowSeconds = 30
        settings.time = time
        return try Script("lru", catalogue, settings)
    }

    /// 50 J: two requests of 20 J run, a third goes to the cloud. One ends with 4 tokens, 8 J: 8 + 20 + 20 fit again.
    @Test func whatRunsIsReservedAndSettled() throws {
        var script = try script(budget: 50)
        script.load(0, 0)
        for id in 0..<2 { #expect(script.at(1, arrival(id)).last == .dispatch(request(id), instance(0))) }
        #expect(script.at(1, arrival(2)) == [.offload(request(2), .energySpent)])
        script.at(2, .requestFinished(request(0), tokens: 4))
        #expect(script.at(2, arrival(3)) == [.dispatch(request(3), instance(0))])
        #expect(script.edge.ledger.joules == 8)
        #expect(script.edge.ledger[.energy] == 4)
    }

    /// 10 tokens of 2 J at 0.5 a joule.
    @Test func energyIsATermOfTheEdgeAlone() throws {
        let script = try script(budget: 1000)
        let places = script.edge.alternatives(service(0), ModelID(0), offloadable: true)
        #expect(places.map { $0[.energy] } == [10, 0])
        #expect(places[0].total == 10 + 1)
        #expect(script.edge.catalogue.models[0].costOfAbsence == 1 + 10)
    }

    /// 20 J are spent at 3.5 s, in the second that begins at 3; a window of 30 s after that second they are gone: at 34
    /// s.
    @Test func theWindowSlidesBySeconds() throws {
        var script = try script(budget: 30)
        script.load(0, 0)
        script.at(3, arrival(0))
        script.at(3.5, .requestFinished(request(0), tokens: 10))
        #expect(script.at(20, arrival(1, offloadable: false)) == [.enqueue(request(1))])
        #expect(script.planner.nextWake == Time(seconds: 34))
        #expect(script.at(33.9, .tick) == [])
        #expect(script.at(34, .tick) == [.dispatch(request(1), instance(0))])
    }

    @Test func slotsBeginAnew() throws {
        var script = try script(budget: 25, time: .slots)
        script.load(0, 0)
        script.at(1, arrival(0))
        script.at(1, .requestFinished(request(0), tokens: 10))
        #expect(script.at(1, arrival(1)) == [.offload(request(1), .energySpent)])
        script.at(1, .slotEnded)
        #expect(script.at(2, arrival(2)) == [.dispatch(request(2), instance(0))])
    }

    /// What a failed request took is not known: what was expected counts.
    @Test func failedRequestsHaveSpentWhatWasExpected() throws {
        var script = try script(budget: 30)
        script.load(0, 0)
        script.at(1, arrival(0))
        script.at(2, .requestFailed(request(0), retryable: false))
        #expect(script.at(2, arrival(1)) == [.offload(request(1), .energySpent)])
    }

    /// Of 50 J: 15 J measured, 20 J reserved, so 20 J more find no room. The request ends and adds nothing: 15 + 20
    /// fit. Then 30 J more are measured, 3 J a token: what is declared stays.
    @Test func whatIsMeasuredIsSpent() throws {
        var script = try script(budget: 50)
        script.load(0, 0)
        script.at(1, arrival(0))
        script.at(2, .energyMeasured(joules: 15))
        #expect(script.at(2, arrival(1)) == [.offload(request(1), .energySpent)])
        script.at(3, .requestFinished(request(0), tokens: 10))
        #expect(script.at(3, arrival(2)).last == .dispatch(request(2), instance(0)))
        script.at(4, .energyMeasured(joules: 30))
        #expect(script.at(4, arrival(3)) == [.offload(request(3), .energySpent)])
        #expect(script.edge.ledger.joules == 45 && script.edge.ledger[.energy] == 22.5)
        #expect(script.edge.ledger.joulesAreMeasured)
        #expect(script.edge.catalogue[ModelID(0)].costs.joulesPerToken == 2)
    }

    /// What requests took before the machine was measured stays counted: 4 tokens, 8 J, and 15 J.
    @Test func theLedgerGoesOnWithWhatIsMeasured() throws {
        var script = try script(budget: 100)
        script.load(0, 0)
        script.at(1, arrival(0))
        script.at(1, arrival(1))
        script.at(2, .requestFinished(request(0), tokens: 4))
        #expect(!script.edge.ledger.joulesAreMeasured)
        script.at(3, .energyMeasured(joules: 15))
        script.at(4, .requestFinished(request(1), tokens: 4))
        #expect(script.edge.ledger.joules == 23 && script.edge.ledger[.energy] == 11.5)
    }

    /// Of the first reading nothing is learnt. Then 10 J and 30 J while 20 tokens are worked on: 2 J a token, 20 J a
    /// request. 10 J more without a request teach nothing. Spent are 57 J of 100: two requests fit.
    @Test func whatATokenTakesIsLearnt() throws {
        var script = try script(budget: 100, declared: false)
        script.load(0, 0)
        script.at(1, .energyMeasured(joules: 7))
        script.at(1, arrival(0))
        script.at(2, .energyMeasured(joules: 10))
        #expect(script.edge.catalogue[ModelID(0)].costs.joulesPerToken == 0)
        script.at(3, .requestFinished(request(0), tokens: 20))
        script.at(4, .energyMeasured(joules: 30))
        script.at(5, .energyMeasured(joules: 10))
        #expect(script.edge.catalogue[ModelID(0)].costs.joulesPerToken == 2)
        for id in 1...2 { #expect(script.at(5, arrival(id)).last == .dispatch(request(id), instance(0))) }
        #expect(script.at(5, arrival(3)) == [.offload(request(3), .energySpent)])
        // The means of 40 and 20 J, and of 20 and 40 tokens: 30 J, 30 tokens.
        script.at(6, .requestFinished(request(1), tokens: 10))
        script.at(6, .requestFinished(request(2), tokens: 30))
        script.at(7, .energyMeasured(joules: 20))
        #expect(script.edge.catalogue[ModelID(0)].costs.joulesPerToken == 1)
    }

    /// 20 J are measured at 3.5 s, in the second that begins at 3: they leave the window at 34 s.
    @Test func whatIsMeasuredLeavesTheWindow() throws {
        var script = try script(budget: 30)
        script.load(0, 0)
        script.at(3.5, .energyMeasured(joules: 20))
        #expect(script.at(20, arrival(0, offloadable: false)) == [.enqueue(request(0))])
        #expect(script.planner.nextWake == Time(seconds: 34))
        #expect(script.at(34, .tick).last == .dispatch(request(0), instance(0)))
    }

    @Test func slotsAreNotMeasured() throws {
        var script = try script(budget: 25, time: .slots)
        script.load(0, 0)
        script.at(1, .energyMeasured(joules: 100))
        #expect(script.at(1, arrival(0)).last == .dispatch(request(0), instance(0)))
        #expect(script.edge.ledger.joules == 0 && !script.edge.ledger.joulesAreMeasured)
    }

    private func arrival(_ id: Int, offloadable: Bool = true) -> Event {
        .requestArrived(request(id), service: ServiceID(0), model: ModelID(0), offloadable: offloadable)
    }
}
