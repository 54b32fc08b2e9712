@testable import EmberCore
import Testing

@testable import EmberServer

@Suite struct RequestTrailsTests {
    private func trail(_ id: String) -> RequestDecisionView {
        RequestDecisionView(id: id, service: "s", model: "m", arrived: 0, alternatives: [], steps: [])
    }

    private func decision(_ time: Double) -> DecisionView {
        let deployment = Deployment(models: [edgeModel("m")], services: [ServiceSpec(name: "default")])
        let decision = Decision(
            time: Time(seconds: time), newcomer: InstanceID(0), outcome: .admitted, needed: Bytes(1), free: Bytes(2),
            claim: .infinity, candidates: [], others: 0, victims: [])
        return DecisionView(decision, deployment: deployment)
    }

    /// An admission concerns all that wait for the model, and of many the first few are kept.
    @Test func admissionsAreNotedForAllThatWait() {
        var trails = RequestTrails()
        for id in ["a", "b", "c"] { trails.open(trail(id)) }
        trails.note(decision(1), for: ["a", "c", "unknown"])
        #expect(trails["a"]?.admissions.map(\.time) == [1] && trails["b"]?.admissions.isEmpty == true)
        for second in 2...20 { trails.note(decision(Double(second)), for: ["c"]) }
        #expect(trails["c"]?.admissions.map(\.time) == (1...8).map(Double.init))
        #expect(trails["unknown"] == nil)
    }

    @Test func stepsAreKeptInTheirOrder() {
        var trails = RequestTrails()
        trails.open(trail("a"))
        trails.note("a", at: Time(seconds: 1), "queued")
        trails.note("a", at: Time(seconds: 2), "finished", why: "well", tokens: 7)
        let steps = trails["a"]?.steps ?? []
        #expect(steps.map(\.time) == [1, 2] && steps.map(\.what) == ["queued", "finished"])
        #expect(steps.last?.why == "well" && steps.last?.tokens == 7)
    }

    @Test func theOldestAreForgottenFirst() {
        var trails = RequestTrails()
        for id in 0..<RequestTrails.capacity + 3 { trails.open(trail("\(id)")) }
        #expect(trails["2"] == nil && trails["3"] != nil && trails["\(RequestTrails.capacity + 2)"] != nil)
        for id in 0..<RequestTrails.capacity { trails.open(trail("again \(id)")) }
        #expect(trails["\(RequestTrails.capacity + 2)"] == nil && trails["again 0"] != nil)
    }
}
