import EmberCore
import Testing

/// The planner slot by slot, worked by hand from the papers' laws.
@Suite struct SlotGoldens {
    /// Delta 0.6 and a window of 5 examples; prices that keep the terms apart.
    private func catalogue(bytes: [Int]) -> Catalogue {
        let models = bytes.enumerated().map { index, bytes in
            ModelSpec(
                name: "model \(index)", residentBytes: Bytes(bytes), windowTokens: 500, parallel: .max,
                costs: CostRates(
                    load: .perByte(0.1), cloudPerRequest: 1, transmissionPerRequest: 0.01, inferencePerToken: 0.001,
                    wrongAnswer: 2),
                accuracy: .boundedLog(zeroShot: 0.25, gain: 0.25, alpha: 1))
        }
        let service = ServiceSpec(name: "service", vanishing: 0.6, demonstrationTokens: 100)
        return Catalogue(models: models, services: [service], sharing: .pairs)
    }

    private func kappa(_ script: SlotScript, _ model: Int) -> Double { script.edge.ageOfContext(of: PairID(model)) }

    /// A slot's requests are answered with the context from before it, whatever came first within it.
    ///
    ///     slot  R  kappa before  A = 0.25 + 0.25 log2(1 + kappa)  K after        kappa after
    ///     0     1  0             0.25                             1              0.4
    ///     1     4  0.4           0.371356...                      min(5, 5) = 5  3.8
    ///     2     0                                                 5              3.2
    ///     3     9  3.2           0.767597...                      5              min(5, 11.6) = 5
    @Test func accuracyIsThatOfTheContextFromBeforeTheSlot() throws {
        var script = try SlotScript("least-context", catalogue(bytes: [10]), budget: 10, tokens: 100)
        let slots: [(requests: Int, held: Double, kappa: Double)] = [(1, 1, 0.4), (4, 5, 3.8), (0, 5, 3.2), (9, 5, 5)]
        for slot in slots {
            if slot.requests > 0 { #expect(script.batch(0, slot.requests) == true) }
            script.endSlot()
            #expect(script.edge.heldExamples(of: PairID(0)) == slot.held)
            #expect(abs(kappa(script, 0) - slot.kappa) < 1e-12)
        }
        let ledger = script.edge.ledger
        // 2 (1 - A) per request: 1.5 + 4 x 1.2572865... + 9 x 0.4648053...
        let wrongAnswers: [Double] = [1 * (1 - 0.25), 4 * (1 - 0.3713567067925604), 9 * (1 - 0.7675973319728495)]
        #expect(abs(ledger[.accuracy] - 2 * wrongAnswers.reduce(0, +)) < 1e-12)
        #expect(abs(ledger[.transmission] - 0.14) < 1e-12)
        // A batch ends with the tokens of all its requests together: three batches of 100.
        #expect(abs(ledger[.inference] - 0.3) < 1e-12)
        #expect(abs(ledger[.switching] - 1) < 1e-12)
        #expect(ledger.edgeRequests == 14)
    }

    /// What has served in this slot is no victim; what has not goes, and with it its context.
    @Test func aBatchKeepsItsInstanceForTheSlotAndEvictionClears() throws {
        var script = try SlotScript("least-context", catalogue(bytes: [10, 10]), budget: 10)
        #expect(script.batch(0, 3) == true)
        #expect(script.batch(1, 5) == false, "model 0 is in use in this slot")
        script.endSlot()
        #expect(abs(kappa(script, 0) - 2.4) < 1e-12)
        #expect(script.batch(1, 1) == true)
        #expect(kappa(script, 0) == 0 && script.edge.heldExamples(of: PairID(0)) == 0)
        #expect(script.batch(0, 2) == false)
        script.endSlot()
        #expect(abs(kappa(script, 1) - 0.4) < 1e-12)
        let ledger = script.edge.ledger
        #expect(ledger.loads == 2 && ledger.evictions == 1)
        #expect(ledger.edgeRequests == 4 && ledger.cloudRequests == 7)
        #expect(abs(ledger[.cloud] - 7) < 1e-12)
    }

    /// The gate: a resident with context stays until the context is worth nothing.
    @Test func gatedLeastContextWaitsForTheContextToFade() throws {
        var script = try SlotScript("least-context-gated", catalogue(bytes: [10, 10]), budget: 10)
        #expect(script.batch(0, 1) == true)
        script.endSlot()
        #expect(script.batch(1, 9) == false, "kappa of model 0 is 0.4")
        script.endSlot()
        #expect(script.batch(1, 9) == true, "it has faded to 0")
    }
}
