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
        let places = ["a", "b", "c"].map { trails.open(trail($0)) }
        trails.note(decision(1), for: [places[0], places[2]])
        #expect(trails["a"]?.admissions.map(\.time) == [1] && trails["b"]?.admissions.isEmpty == true)
        for second in 2...20 { trails.note(decision(Double(second)), for: [places[2]]) }
        #expect(trails["c"]?.admissions.map(\.time) == (1...8).map(Double.init))
        #expect(trails["unknown"] == nil)
    }

    @Test func stepsAreKeptInTheirOrder() {
        var trails = RequestTrails()
        let place = trails.open(trail("a"))
        trails.note(place, at: Time(seconds: 1), "queued")
        trails.note(place, at: Time(seconds: 2), "finished", why: "well", tokens: 7)
        let steps = trails["a"]?.steps ?? []
        #expect(steps.map(\.time) == [1, 2] && steps.map(\.what) == ["queued", "finished"])
        #expect(steps.last?.why == "well" && steps.last?.tokens == 7)
    }

    @Test func theLatestAreKept() {
        var trails = RequestTrails()
        let first = trails.open(trail("first"))
        trails.note(first, at: .zero, "edge")
        for number in 1..<RequestTrails.capacity { _ = trails.open(trail("\(number)")) }
        #expect(trails["first"]?.steps.map(\.what) == ["edge"])
        let last = trails.open(trail("last"))
        #expect(trails["first"] == nil && trails[first] == nil)
        // What comes late of a forgotten one is not written into its successor.
        trails.note(first, at: .zero, "answered")
        trails.note(last, at: .zero, "waits")
        #expect(trails["last"]?.steps.map(\.what) == ["waits"])
        #expect(trails[last]?.id == "last" && trails["1"] != nil)
    }
}
