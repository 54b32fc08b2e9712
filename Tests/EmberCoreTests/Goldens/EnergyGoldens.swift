import Testing

@testable import EmberCore

/// Energy as a constraint, worked by hand.
@Suite struct EnergyGoldens {
    /// 2 J a token, 10 tokens expected a request: 20 J each.
    private func script(budget: Double, time: TimeModel = .continuous) throws -> Script {
        let model = ModelSpec(
            name: "m", residentBytes: Bytes(10), parallel: 8, typicalTokens: 10,
            costs: CostRates(joulesPerToken: 2, perJoule: 0.5))
        let catalogue = Catalogue(models: [model], services: [ServiceSpec(name: "s")])
        var settings = PlannerSettings(budget: Bytes(100))
        settings.energyBudget = budget
        settings.energyWindowSeconds = 30
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
        #expect(script.edge.ledger.energy == 4)
    }

    /// 20 J are spent at 3.5 s, in the second that begins at 3; a window of 30 s after that second they are gone: at 34 s.
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

    private func arrival(_ id: Int, offloadable: Bool = true) -> Event {
        .requestArrived(request(id), service: ServiceID(0), model: ModelID(0), offloadable: offloadable)
    }
}
