/// An Age of Context, and how much of it a second, or a slot, takes away.
struct FadingAge: Codable {
    /// Both, to be added up at once.
    let pair: SIMD2<Double>

    var age: Double { pair[0] }
    var fadingPerSecond: Double { pair[1] }
}

/// A pair's context, with how much of its instance's traffic the service has had of late.
struct PairContext: Codable, Sendable {
    var state = ContextState()
    /// The driver tells what is held; otherwise served requests are counted.
    var isMeasured = false
    /// Whether the service has asked anything of the instance since its load.
    var isInMemory = false
    /// Requests served in the slot that has not ended (`TimeModel.slots`).
    var servedInSlot = 0
    /// Requests of late, each halved with every half-life of its age, times a growth that all pairs share.
    var recentRequests = 0.0
}
