import EmberCore

/// How a run went over time, for plots: at most `mostBins` figures each, whatever the length of the run.
struct Recording: Sendable, Equatable, Codable {
    static let mostBins = 200

    /// The mean system cost per slot.
    fileprivate(set) var costs: [Double]
    /// By instance, the share of slots that it was in memory; nil where it was not asked for.
    fileprivate(set) var residency: [[Double]]?

    static func bins(slots: Int) -> Int { min(slots, mostBins) }

    /// Whether it is one of a run of so many slots and instances; what is read from a file may not be.
    func fits(slots: Int, instances: Int) -> Bool {
        let bins = Self.bins(slots: slots)
        return costs.count == bins
            && (residency.map { $0.count == instances && $0.allSatisfy { $0.count == bins } } ?? true)
    }
}

/// Makes a run's recording.
final class RunRecorder: RunObserver {
    private(set) var recording: Recording
    private let slots: Int
    /// Slots in each bin.
    private let widths: [Double]
    private var charged = 0.0

    let needsDecisions = false

    init(slots: Int, instances: Int, hasResidency: Bool) {
        self.slots = slots
        let bins = Recording.bins(slots: slots)
        // Bin b begins at the first slot s with s bins / slots >= b.
        let starts = (0...bins).map { bin in (bin * slots + bins - 1) / bins }
        widths = zip(starts, starts.dropFirst()).map { Double($1 - $0) }
        let nothing = [Double](repeating: 0, count: bins)
        recording = Recording(
            costs: nothing, residency: hasResidency ? Array(repeating: nothing, count: instances) : nil)
    }

    func saw(_ event: Event, _ effects: [Effect], _ decisions: [Decision], _ edge: EdgeState) {
        let slot = min(slots - 1, max(0, Int(edge.now.seconds)))
        let bin = slot * widths.count / slots
        let cost = edge.ledger.total
        recording.costs[bin] += (cost - charged) / widths[bin]
        charged = cost
        guard event == .slotEnded, recording.residency != nil else { return }
        for index in edge.instances.indices where edge.instances[index].phase == .resident {
            recording.residency?[index][bin] += 1 / widths[bin]
        }
    }
}
