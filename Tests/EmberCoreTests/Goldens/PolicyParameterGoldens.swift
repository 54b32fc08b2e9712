import Testing

@testable import EmberCore

@Suite struct PolicyParameterTests {
    @Test func valuesStandAfterTheName() throws {
        let entry = try PolicyCatalog.entry("regret-forecast:horizon=20:regret=0")
        #expect(entry.values["horizon"] == 20)
        #expect(entry.values["regret"] == 0)
        #expect(entry.values["look_ahead"] == 2)
        #expect(try PolicyCatalog.entry("lru").parameters.isEmpty)
    }

    @Test(arguments: [
        ("least", "there is no policy \"least\""),
        ("lru:horizon=1", "policy lru has no parameter \"horizon\"; it has none"),
        ("ski-rental:shar=1", "it has share, look_ahead, weight, period, context, sizes, rates"),
        ("ski-rental:share=x", "\"x\" is no number from 0.0 to 1000.0; write one such as ski-rental:share=0.5"),
        ("ski-rental:share=-1", "\"-1\" is no number"), ("ski-rental:share", "\"\" is no number"),
        ("regret-forecast:memories=5", "\"5\" is no number from 1.0 to 4.0"),
    ])
    func mistakesAreTold(text: String, message: String) throws {
        do throws(PolicyError) {
            _ = try PolicyCatalog.entry(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.description.contains(message), "\(error)")
        }
    }

    /// The shipped weights are by threes: .02, .06, .18, .54; others lie between their ends by one ratio.
    @Test func memoriesLieBetweenTheirEnds() throws {
        let catalogue = plainCatalogue(bytes: [10, 10])
        let settings = PlannerSettings(budget: Bytes(10))
        var decided: [[Effect]] = []
        for policy in ["regret-forecast", "regret-forecast:memories=4:long=0.02:short=0.54"] {
            var script = try Script("lru", catalogue, settings)
            script.planner = try PolicyCatalog.entry(policy).planner(for: catalogue, settings: settings)
            for step in 0..<40 { decided.append(script.ask(Double(step), step / 7 % 2)) }
        }
        #expect(Array(decided[..<40]) == Array(decided[40...]))
    }

    /// Every policy obeys the laws whatever is left out of it.
    @Test(arguments: ["value-of-residency", "ski-rental", "regret-forecast"], ["context", "sizes", "rates"])
    func ingredientsCanBeLeftOut(policy: String, ingredient: String) throws {
        let entry = try PolicyCatalog.entry("\(policy):\(ingredient)=0")
        for seed in seeds(2) {
            var edge = SimulatedEdge(entry, .random(seed: seed), seed: seed)
            edge.run()
            #expect(edge.audit.violations.isEmpty, "\(policy) without \(ingredient), seed \(seed)")
        }
    }
}
