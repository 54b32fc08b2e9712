/// The in-context demonstrations that a model holds for a service, and their Age of Context (AoC).
///
/// AoC, kappa, is the value of the context in examples: high is rich and fresh. The papers define it per slot
/// (arXiv 2304.08782; equations in arXiv 2403.05826):
///
///     delta = a b R                                       one new example per request run at the edge
///     K     <- a min(w / k, K + delta)                    capped by the context window
///     kappa <- a min(K, max(0, kappa + delta - Delta))    fades by the vanishing factor Delta
///
/// A live server has no slots: `serve` adds an example when a request is served and `ageOfContext(at:)` applies
/// the fading for the seconds that have passed, which is the same law with slots of vanishing length. A server that
/// stores demonstrations gives with `hold` what it really has; from there it fades alike.
public struct ContextState: Hashable, Codable, Sendable {
    /// K: demonstrations held, in examples.
    public private(set) var heldExamples: Double = 0
    /// kappa at the instant `updatedAt`, in examples.
    private var value: Double = 0
    private var updatedAt: Time = .zero

    public init() {}

    /// kappa at `now`, for a service that loses `vanishing` examples per second; at an instant before the last request,
    /// what that left.
    public func ageOfContext(at now: Time, vanishing: Double) -> Double {
        max(0, value - vanishing * max(0, now - updatedAt))
    }

    /// Takes in the demonstration of one request served at the edge; `window` is w / k in examples.
    public mutating func serve(at now: Time, vanishing: Double, window: Double) {
        let faded = ageOfContext(at: now, vanishing: vanishing)
        heldExamples = min(window, heldExamples + 1)
        value = min(heldExamples, faded + 1)
        updatedAt = now
    }

    /// Takes in what a driver has found to be held: `examples` demonstrations worth `value` (their relevance times
    /// their freshness, summed up), neither more than the `window`.
    public mutating func hold(_ examples: Double, worth value: Double, at now: Time, window: Double) {
        heldExamples = min(window, max(0, examples))
        self.value = min(heldExamples, max(0, value))
        updatedAt = now
    }

    /// The papers' law at the end of a slot in which `served` requests ran at the edge; `vanishing` is per slot.
    public mutating func endSlot(at now: Time, served: Double, vanishing: Double, window: Double) {
        heldExamples = min(window, heldExamples + served)
        value = min(heldExamples, max(0, value + served - vanishing))
        updatedAt = now
    }

    /// Another law holds from now on: what has faded has faded by the old one.
    ///
    /// - Parameters:
    ///   - vanishing: of the old law.
    ///   - window: of the new one.
    mutating func endLaw(at now: Time, vanishing: Double, window: Double) {
        hold(heldExamples, worth: ageOfContext(at: now, vanishing: vanishing), at: now, window: window)
    }

    /// Forgets the context, as an eviction does under `ContextRetention.lost`.
    public mutating func clear() { self = ContextState() }
}

/// What an eviction does to the contexts of the evicted instance.
public enum ContextRetention: String, Codable, Sendable, CaseIterable {
    /// Context is lost: K and kappa become 0 (the papers).
    case lost
    /// Context is stored and ages on; it is the newcomer's claim when it wants to come back.
    case kept
}
