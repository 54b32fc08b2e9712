import Testing

@testable import EmberServer

@Suite struct RequestTrailsTests {
    private func trail(_ id: String) -> RequestDecisionView {
        RequestDecisionView(id: id, service: "s", model: "m", arrived: 0, alternatives: [], steps: [])
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
