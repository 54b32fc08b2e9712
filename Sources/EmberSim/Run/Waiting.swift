/// How long requests waited before they ran, at the edge or in the cloud, and what loads took.
struct Waiting {
    private var seconds = 0.0
    private var requests = 0
    private var counts = QuantileCounts()
    var loadSeconds = 0.0

    mutating func add(_ wait: Double) {
        seconds += wait
        requests += 1
        counts.add(Int((wait * 1e9).rounded()))
    }

    mutating func add(_ other: Waiting) {
        seconds += other.seconds
        requests += other.requests
        counts.add(other.counts)
        loadSeconds += other.loadSeconds
    }

    /// Seconds.
    var mean: Double { requests == 0 ? 0 : seconds / Double(requests) }

    /// The wait that 99 of 100 requests do not exceed, in seconds, true to a two-thousandth.
    var percentile99: Double { Double(counts.quantile(0.99)) / 1e9 }
}
