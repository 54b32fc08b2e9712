/// What may refuse a newcomer.
enum Gate {
    /// None may: it has waited for long enough, or the operator wants it.
    case open
    /// The policy.
    case policy
    /// The policy, of one for which no request has come yet.
    case ahead
}

/// A newcomer weighed against the residents.
struct Admission {
    let newcomer: InstanceID?
    let claim: Double
    /// What must be freed for it; of several devices, in the layout that needs the least.
    var missing: Bytes
    /// The residents that were scored; nil where the victims were found by a ranking.
    var candidates: [ScoredResident]?
    /// The gate, or a resident that is worth more, and not a lack of residents that can go, kept it out.
    var isOutbid = false
    var outcome = Decision.Outcome.noRoom
    var victims: [InstanceID] = []
    /// Which of its model's layouts the newcomer gets; nil where there is only one device.
    var layout: Int?
}
