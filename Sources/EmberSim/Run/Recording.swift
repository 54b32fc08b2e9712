import EmberCore

/// How a run went over time, for plots: at most `mostBins` figures each, whatever the length of the run.
struct Recording: Sendable, Equatable, Codable {
    static let mostBins = 200

    /// The mean system cost per slot.
    fileprivate(set) var costs: [Double]
    /// By instance, the share of slots that it was in memory; nil where it was not asked for.
    fileprivate(set) var residency: [[Double]]?

    static func bins(slots: Int) -> Int { min(slots, mostBins) }

    /// Whether it fits a run of this many slots and instances; one that is read from a file may not.
    func fits(slots: Int, instances: Int) -> Bool {
        let bins = Self.bins(slots: slots)
        return costs.count == bins
            && (residency.map { $0.count == instances && $0.allSatisfy { $0.count == bins } } ?? true)
    }
}

/// Makes a run's recording. In slots, residents are those at the end of each; in event time, shares are of time.
final class RunRecorder: RunObserver {
    private(set) var recording: Recording
    private let slots: Int
    /// Nil in slots, of which each takes one second of the clock.
    private let slotSeconds: Double?
    /// Slots in each bin, and the first slot of each, and the end of all.
    private let widths: [Double]
    private let starts: [Double]
    private var charged = 0.0
    /// Who is in memory since when; in event time.
    private var residents: [Int] = []
    private var since = 0.0

    let needsDecisions = false

    init(_ scenario: Scenario, hasResidency: Bool) {
        slots = scenario.slots
        slotSeconds = scenario.events?.slotSeconds
        let (slots, bins) = (scenario.slots, Recording.bins(slots: scenario.slots))
        // Bin b begins at the first slot s with s bins / slots >= b.
        starts = (0...bins).map { bin in Double((bin * slots + bins - 1) / bins) }
        widths = zip(starts, starts.dropFirst()).map { $1 - $0 }
        let nothing = [Double](repeating: 0, count: bins)
        let instances = scenario.catalogue.instanceCount
        recording = Recording(
            costs: nothing, residency: hasResidency ? Array(repeating: nothing, count: instances) : nil)
    }

    func saw(_ event: Event, _ effects: [Effect], _ decisions: [Decision], _ edge: EdgeState) {
        let now = edge.now.seconds / (slotSeconds ?? 1)
        let bin = self.bin(at: now)
        let cost = edge.ledger.total
        recording.costs[bin] += (cost - charged) / widths[bin]
        charged = cost
        guard recording.residency != nil else { return }
        if slotSeconds == nil {
            guard event == .slotEnded else { return }
            for index in residents(of: edge) { recording.residency?[index][bin] += 1 / widths[bin] }
        } else {
            count(until: now)
            residents = residents(of: edge)
        }
    }

    private func residents(of edge: EdgeState) -> [Int] {
        edge.instances.indices.filter { edge.instances[$0].phase == .resident }
    }

    private func bin(at slot: Double) -> Int { min(slots - 1, max(0, Int(slot))) * widths.count / slots }

    /// Gives the residents the time since they were looked at, bin by bin.
    private func count(until now: Double) {
        let end = min(now, Double(slots))
        while since < end {
            let bin = bin(at: since)
            let next = min(end, starts[bin + 1])
            for index in residents { recording.residency?[index][bin] += (next - since) / widths[bin] }
            since = next
        }
    }
}
