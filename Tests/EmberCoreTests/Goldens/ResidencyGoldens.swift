import EmberCore
import Testing

/// The policies that weigh a load against what it will save, worked by hand.
///
/// Two models, of which one fits. An edge request saves 1 - 0.1 = 0.9, whatever the context; a load costs 2.
@Suite struct ResidencyGoldens {
    private func script(_ policy: String) throws -> SlotScript {
        let catalogue = plainCatalogue(bytes: [10, 10], sharing: .pairs) { model, _ in
            model.parallel = .max
            model.costs = CostRates(load: .constant(2), cloudPerRequest: 1, transmissionPerRequest: 0.1)
        }
        return try SlotScript(policy, catalogue, budget: 10)
    }

    /// Horizon 50, beta 0.04. Rates are weighted means over the slots before:
    ///
    ///     slot 1: model 0 has 1 request a slot: 0.9 + 50 x 0.9 - 2 > 0, loaded
    ///     slot 2: model 1 has no rate yet: 10 x 0.9 - 2 = 7, the victim is worth 50 x 0.9 = 45
    ///     slot 3: model 1: 10 / (1 + 0.96 + 0.96^2) = 3.470 a slot, so 9 + 156.2 - 2;
    ///             model 0: (0.96 + 0.96^2) / (1 + 0.96 + 0.96^2) = 0.653 a slot, so 29.4
    @Test func valueOfResidencyWeighsTheHorizon() throws {
        var script = try script("value-of-residency")
        #expect(script.batch(0, 1) == false, "slot 0: 0.9 - 2 is less than nothing")
        script.endSlot()
        #expect(script.batch(0, 1) == true)
        script.endSlot()
        #expect(script.batch(1, 10) == false)
        script.endSlot()
        #expect(script.batch(1, 10) == true)
        #expect(script.batch(0, 1) == false)
    }

    /// Look-ahead 25, beta 0.08, share 0.5: a load is bought at a credit of 1.
    ///
    ///     slot 0: model 0: credit 0.9
    ///     slot 1: model 0: credit 1.8, bought
    ///     slot 2: model 1: 0.9 - 2 slots x 0.9 (model 0's rate is 1) < 0: credit 0
    ///     slot 3: model 1: 0.9 - 0.575 (rate (0.92 + 0.92^2) / (1 + 0.92 + 0.92^2) = 0.639): credit 0.325
    ///     slot 4: model 1: 0.325 + 1.8 - 0.413 (rate (0.92^2 + 0.92^3) / (... + 0.92^3) = 0.458): 1.713, bought
    @Test func skiRentalBuysWhatRentingHasCost() throws {
        var script = try script("ski-rental")
        let slots: [(model: Int, requests: Int, runsAtEdge: Bool)] = [
            (0, 1, false), (0, 1, true), (1, 1, false), (1, 1, false), (1, 2, true),
        ]
        for (number, slot) in slots.enumerated() {
            #expect(script.batch(slot.model, slot.requests) == slot.runsAtEdge, "slot \(number)")
            script.endSlot()
        }
    }

    /// Memories 0.02, 0.06, 0.18 and 0.54, this slot's requests counted; horizon 36, share of the regret 0.3.
    ///
    ///     slot 0: model 0: its rate is 1, and it will save 36 x 0.9: loaded at once
    ///     slot 1: model 1: its rate is the mean of beta / (1 - (1 - beta)^2) = 0.505, 0.515, 0.549, 0.685, so 0.564;
    ///             the victim's is the mean of its rates after slot 0, which is 1; forecast 36 x 0.9 x (0.564 - 1) < 0,
    ///             regret max(0, 0.9 - 0.9 x 1) = 0
    ///     slot 2: model 0's rates after slot 1 are the mean of (1 - beta) / (1 + 1 - beta) = 0.436, model 1's with 3
    ///             requests in this slot are far above: loaded
    @Test func regretAndForecastSeesAChangeAtOnce() throws {
        var script = try script("regret-forecast")
        #expect(script.batch(0, 1) == true)
        script.endSlot()
        #expect(script.batch(1, 1) == false)
        script.endSlot()
        #expect(script.batch(1, 3) == true)
    }

    /// As before, but the load costs 36 x 0.9 x 1 + 0.3 x 0.9 = 32.67: the regret of one request decides.
    @Test(arguments: [(32.66, true), (32.68, false)])
    func regretAddsToTheForecast(load: Double, isLoaded: Bool) throws {
        let catalogue = plainCatalogue(bytes: [10], sharing: .pairs) { model, _ in
            model.parallel = .max
            model.costs = CostRates(load: .constant(load), cloudPerRequest: 1, transmissionPerRequest: 0.1)
        }
        var script = try SlotScript("regret-forecast", catalogue, budget: 10)
        #expect(script.batch(0, 1) == isLoaded)
    }

    /// Per byte, model 0 (2 bytes) saves half of what model 1 (10 bytes) does and goes first, but 8 bytes are missing.
    @Test(arguments: ["value-of-residency", "ski-rental", "regret-forecast"])
    func victimsThatAreNotNeededStay(policy: String) throws {
        let catalogue = plainCatalogue(bytes: [2, 10, 8], sharing: .pairs) { model, index in
            model.parallel = .max
            model.costs = CostRates(load: .constant(0.1), cloudPerRequest: [0.1, 1, 9][index])
        }
        var script = try SlotScript(policy, catalogue, budget: 12)
        for _ in 0..<5 {
            script.batch(0, 2)
            script.batch(1, 2)
            script.endSlot()
        }
        #expect(script.edge[instance(0)].phase == .resident && script.edge[instance(1)].phase == .resident)
        #expect(script.batch(2, 20) == true)
        #expect(script.edge[instance(0)].phase == .resident, "the second victim alone makes room enough")
        #expect(script.edge[instance(1)].phase == .absent)
    }

    /// Model 1 is as popular but saves less, and goes first although it was loaded last.
    @Test(arguments: ["value-of-residency", "ski-rental", "regret-forecast"])
    func theLeastSavingPerByteGoesFirst(policy: String) throws {
        let catalogue = plainCatalogue(bytes: [10, 10, 10], sharing: .pairs) { model, index in
            model.parallel = .max
            model.costs = CostRates(load: .constant(0.1), cloudPerRequest: [1, 0.5, 4][index])
        }
        var script = try SlotScript(policy, catalogue, budget: 20)
        for _ in 0..<5 {
            script.batch(0, 2)
            script.batch(1, 2)
            script.endSlot()
        }
        #expect(script.batch(2, 20) == true)
        #expect(script.batch(0, 1) == true, "model 0 has stayed")
        #expect(script.edge[instance(1)].phase == .absent)
    }

    /// Missing are 8 bytes. By worth per byte models 0 and 1 would go, 2 / 4 and 3 / 6, and are worth 5 together; model
    /// 2, at 4.4 / 8, is worth less than that and makes room enough by itself.
    @Test(arguments: ["value-of-residency", "ski-rental", "regret-forecast"])
    func aSingleVictimGoesWhereItIsWorthLess(policy: String) throws {
        let catalogue = plainCatalogue(bytes: [4, 6, 8, 8], sharing: .pairs) { model, index in
            model.parallel = .max
            model.costs = CostRates(load: .constant(0.1), cloudPerRequest: [2, 3, 4.4, 40][index])
        }
        var script = try SlotScript(policy, catalogue, budget: 18)
        for _ in 0..<5 {
            for model in 0..<3 { script.batch(model, 2) }
            script.endSlot()
        }
        #expect(script.batch(3, 20) == true)
        let resident = (0..<4).filter { script.edge[instance($0)].phase == .resident }
        #expect(resident == [0, 1, 3])
    }

    /// A night of 10^6 s without a request changes nothing: the model that was asked for less goes, although it was
    /// last.
    @Test(arguments: ["value-of-residency", "ski-rental", "regret-forecast"], [1.0, 1e6])
    func aQuietNightForgetsNothing(policy: String, pause: Double) throws {
        let catalogue = plainCatalogue(bytes: [10, 10, 10]) { model, _ in
            model.costs = CostRates(load: .constant(0.1), cloudPerRequest: 1)
        }
        var script = try Script(policy, catalogue, PlannerSettings(budget: Bytes(20)))
        script.load(0, 0)
        script.load(0, 1)
        script.serve(1, 1, times: 6)
        script.serve(2, 0, times: 1)
        let effects = script.ask(2 + pause, 2, offloadable: false)
        #expect(effects.contains(.beginUnload(instance(0), .evicted(for: instance(2)))))
    }
}
