import EmberCore
import Testing

@testable import EmberServer

/// A request in a line.
@Suite struct RequestRowTests {
    private func row(_ steps: [(Double, String)], prefillSeconds: Double? = nil) -> RequestRowView {
        let view = RequestDecisionView(
            id: "a", service: "s", model: "m", arrived: 1, alternatives: [],
            steps: steps.map { .init(time: $0.0, what: $0.1) })
        return RequestRowView(view, prefillSeconds: prefillSeconds)
    }

    @Test(
        arguments: [
            ([], .waiting), (["waits"], .waiting), (["stays", "waits", "edge"], .running), (["cloud"], .running),
            (["edge", "answered"], .answered), (["edge", "failed"], .failed), (["edge", "failed", "edge"], .running),
            (["refused"], .refused), (["waits", "gone"], .gone),
            (["cloud", "hedged", "hedge_won", "answered"], .answered),
        ] as [([String], RequestRowView.Stage)])
    func theLastStepSaysWhereItIs(_ steps: [String], _ stage: RequestRowView.Stage) {
        #expect(row(steps.enumerated().map { (Double($0.offset + 2), $0.element) }).stage == stage)
    }

    @Test func timesAreCountedFromItsArrival() {
        let answered = row([(1.5, "waits"), (3, "edge"), (8, "answered")], prefillSeconds: 0.25)
        #expect(answered.seconds == 7 && answered.firstTokenSeconds == 2.25)
        let silent = row([(3, "edge"), (8, "answered")])
        #expect(silent.firstTokenSeconds == nil)
        let running = row([(3, "edge")])
        #expect(running.seconds == nil && running.firstTokenSeconds == nil)
        let cloud = row([(3, "cloud"), (8, "answered")], prefillSeconds: 0.25)
        #expect(cloud.firstTokenSeconds == nil)
    }
}
