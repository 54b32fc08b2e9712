import EmberCore

/// A trace's own requests at their own times, counted from the cut's first slot; after the trace's last slot comes its
/// first.
struct RecordedArrivals: IteratorProtocol {
    private let trace: TraceWorkload
    private let cut: TraceCut
    private var lots: SeededGenerator
    private let endSeconds: Double
    /// Seconds of one round through the trace, and of the rounds done less what lies before the cut.
    private let roundSeconds: Double
    private var shift: Double
    private var index: Int
    /// How often the request at `index` comes yet; nil when that is not drawn.
    private var copies: Int?

    init(_ trace: TraceWorkload, _ cut: TraceCut, slots: Int, _ lots: SeededGenerator) {
        self.trace = trace
        self.cut = cut
        self.lots = lots
        endSeconds = Double(slots) * trace.slotSeconds
        roundSeconds = Double(trace.volumes.slots.count) * trace.slotSeconds
        shift = -Double(cut.first) * trace.slotSeconds
        index = 0
        skipWhatLiesBefore()
    }

    mutating func next() -> Arrival? {
        while true {
            if index == trace.recorded.count {
                index = 0
                shift += roundSeconds
            }
            let request = trace.recorded[index]
            let seconds = Double(request.nanoseconds) / 1e9 + shift
            guard seconds < endSeconds else { return nil }
            let left = copies ?? lots.copies(of: 1, each: cut.share)
            guard left > 0 else {
                copies = nil
                index += 1
                continue
            }
            copies = left - 1
            return Arrival(
                time: Time(seconds: seconds), pair: cut.pairs[Int(request.stream)],
                inputTokens: Int(request.inputTokens), outputTokens: Int(request.outputTokens))
        }
    }

    private mutating func skipWhatLiesBefore() {
        while index < trace.recorded.count, Double(trace.recorded[index].nanoseconds) / 1e9 + shift < 0 { index += 1 }
    }
}
