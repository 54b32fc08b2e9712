import EmberCore
import Testing

/// The five terms of the system cost on a small scenario worked by hand.
@Suite struct LedgerGoldens {
    private func catalogue() -> Catalogue {
        let costs = CostRates(
            load: .perByte(0.05), cloudPerRequest: 3, transmissionPerRequest: 0.25, inferencePerToken: 0.01,
            wrongAnswer: 10)
        let accuracy = AccuracyModel.boundedLog(zeroShot: 0.5, gain: 0.1, alpha: 1)
        let small = ModelSpec(name: "small", residentBytes: Bytes(40), costs: costs, accuracy: accuracy)
        var large = small
        large.residentBytes = Bytes(200)
        large.costs.cloudPerRequest = 7
        return Catalogue(models: [small, large], services: [ServiceSpec(name: "chat", vanishing: 0.1)])
    }

    @Test func fiveTermsAddUp() throws {
        var script = try Script("least-context", catalogue(), PlannerSettings(budget: Bytes(100)))
        // Load: 0.05 x 40 bytes = 2.
        #expect(script.ask(0, 0) == [.enqueue(request(0)), .beginLoad(instance(0))])
        script.at(2, .loadFinished(instance(0)))
        // kappa 0, A = 0.5: 10 x 0.5 = 5; 200 tokens x 0.01 = 2; input 0.25. Then kappa = 1.
        script.at(3, .requestFinished(request(0), tokens: 200))
        // kappa 1, A = 0.5 + 0.1 log2(2) = 0.6: 10 x 0.4 = 4; 100 tokens: 1; input 0.25. Then kappa = 1 - 0.5 + 1.
        #expect(script.ask(3, 0) == [.dispatch(request(1), instance(0))])
        script.at(8, .requestFinished(request(1), tokens: 100))
        // A failed and a cancelled request cost nothing.
        script.ask(13, 0)
        script.at(14, .requestFailed(request(2), retryable: false))
        script.ask(14, 0)
        script.at(15, .requestCancelled(request(3)))
        // The large model never fits: 7 for the one that the cloud may answer, the other is rejected.
        #expect(script.ask(16, 1) == [.offload(request(4), .neverFits)])
        script.at(17, .requestFinished(request(4), tokens: 9999))
        #expect(script.ask(18, 1, offloadable: false) == [.reject(request(5), .neverFits)])
        expectTerms(script.edge.ledger)
    }

    private func expectTerms(_ ledger: CostLedger) {
        #expect(abs(ledger[.switching] - 2) < 1e-12)
        #expect(abs(ledger[.accuracy] - 9) < 1e-12)
        #expect(abs(ledger[.inference] - 3) < 1e-12)
        #expect(abs(ledger[.transmission] - 0.5) < 1e-12)
        #expect(abs(ledger[.cloud] - 7) < 1e-12)
        #expect(abs(ledger.total - 21.5) < 1e-12)
        #expect(ledger.edgeRatio == 2.0 / 3)
        #expect(ledger.loads == 1 && ledger.evictions == 0)
        #expect(ledger.edgeRequests == 2 && ledger.cloudRequests == 1 && ledger.rejectedRequests == 1)
    }

    /// What an edge request saves: 3 - 0.25 - 50 x 0.01 - 10 x (1 - 0.7) = -0.75 at kappa 3.
    @Test func savingIsTheCloudPriceLessTheEdgeTerms() {
        let script = try? Script("lru", catalogue(), PlannerSettings(budget: Bytes(100)))
        let saving = script?.edge.saving(of: ModelID(0), kappa: 3, tokens: 50)
        #expect(saving.map { abs($0 + 0.75) < 1e-12 } == true)
    }

    @Test func emptyLedgerHasNoRatio() {
        #expect(CostLedger().edgeRatio == 0)
        #expect(CostLedger().total == 0)
    }
}
