import EmberCore

/// Measures how long each model is in memory during a run.
final class ResidencyWatch: RunObserver {
    private(set) var seconds: [Double] = []
    private var last = Time.zero

    var needsDecisions: Bool { false }

    func saw(_ event: Event, _ effects: [Effect], _ decisions: [Decision], _ edge: EdgeState) {
        if seconds.isEmpty { seconds = edge.instances.map { _ in 0 } }
        // What it was until now is what it is after the last event; the difference of one event is small.
        let passed = edge.now - last
        for (index, instance) in edge.instances.enumerated() where instance.phase == .resident {
            seconds[index] += passed
        }
        last = edge.now
    }

    /// By instance, from 0 to 1.
    func shares(of total: Double) -> [Double] { seconds.map { min(1, $0 / max(total, 1)) } }
}
