/// The requests of one stream in one slot of a trace.
struct StreamVolume: Hashable, Sendable {
    let stream: Int
    /// Requests that came, or the mean of those that come.
    var requests: Double
    /// Variance over mean of the number of requests; nil where it is recorded and not drawn.
    var dispersion: Double?
}

/// A trace cut into slots and streams. A stream is what one (service, model) pair is asked for: a client, or the
/// requests of a service that need the same context window.
struct TraceVolumes: Sendable {
    /// Within a slot in the order of streams; streams without requests are left out.
    private(set) var slots: [[StreamVolume]] = []
    private(set) var streams = 0

    /// Slots of a trace that are kept.
    static let mostSlots = 1_000_000

    /// Adds requests to a slot below `mostSlots`.
    mutating func add(_ requests: Double, dispersion: Double?, stream: Int, slot: Int) {
        while slots.count <= slot { slots.append([]) }
        streams = max(streams, stream + 1)
        guard let index = slots[slot].firstIndex(where: { $0.stream >= stream }) else {
            return slots[slot].append(StreamVolume(stream: stream, requests: requests, dispersion: dispersion))
        }
        guard slots[slot][index].stream == stream else {
            let volume = StreamVolume(stream: stream, requests: requests, dispersion: dispersion)
            return slots[slot].insert(volume, at: index)
        }
        slots[slot][index].add(requests, dispersion: dispersion)
    }
}

extension StreamVolume {
    /// Dispersions add up weighted by their requests: the variances of independent numbers add up.
    fileprivate mutating func add(_ more: Double, dispersion other: Double?) {
        let sum = requests + more
        if let dispersion, let other, sum > 0 { self.dispersion = (dispersion * requests + other * more) / sum }
        requests = sum
    }
}
