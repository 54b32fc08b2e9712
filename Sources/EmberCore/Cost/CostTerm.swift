/// A term of the system cost (system model, "Costs"): the papers' five, and waiting and energy, which are 0 where they
/// have no price.
///
/// The order of the cases is the order in which terms are added up: another order can change the last bit of a sum, and
/// so a decision between places that cost the same.
public enum CostTerm: Int, CodingKey, CaseIterable, Sendable {
    /// Waiting before requests are worked on, where seconds have a weight: 0 where they have none, as in the papers.
    case waiting
    /// Loads: sum of lambda. Evictions are free.
    case switching
    /// Wrong answers at the edge: sum of c_A (1 - A(kappa)), kappa from before the request.
    case accuracy
    /// Prefill and decode at the edge: sum of tokens times c_m / f_n.
    case inference
    /// Energy at the edge, at its price: 0 where it has none.
    case energy
    /// Carrying the input of edge requests to the edge; where the cloud's latency is measured, that of its answers.
    case transmission
    /// Requests run in the cloud: sum of l_0.
    case cloud

    /// As reports and JSON call it.
    public var name: String { stringValue }

    /// Whether the term is 0 unless the settings give it a price.
    public var needsPrice: Bool { self == .waiting || self == .energy }
}
