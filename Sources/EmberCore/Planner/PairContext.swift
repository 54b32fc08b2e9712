/// An Age of Context, and how much of it a second, or a slot, takes away.
struct FadingAge: Codable {
    /// Both, to be added up at once.
    let pair: SIMD2<Double>

    var age: Double { pair[0] }
    var fadingPerSecond: Double { pair[1] }
}

/// A pair's context, with the service's share of its instance's recent traffic.
struct PairContext: Codable, Sendable {
    var state = ContextState()
    /// The driver measures what is held; otherwise served requests are counted.
    var isMeasured = false
    /// Whether a request of the service was dispatched to the instance since its load.
    var isInMemory = false
    /// Requests served in the slot that has not ended (`TimeModel.slots`).
    var servedInSlot = 0
    /// Requests, each halved with every half-life of its age, times a growth that all pairs share.
    var recentRequests = 0.0
}
