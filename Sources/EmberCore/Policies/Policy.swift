/// What a policy is asked: which resident goes first, and whether a newcomer is worth the residents it displaces.
///
/// The planner calls a policy only about residents that can go (never one in use, loading, pinned or newly loaded),
/// orders them by `score`, then by id, and takes from the low end until the newcomer fits. Only `score` must be
/// written. A policy keeps what it wants to know in its own stored properties, updated by the `did…` calls, and
/// reads the rest from `EdgeState`. It must not depend on anything else: same events, same answers. Encoded and decoded, it
/// goes on as if nothing had been.
public protocol Policy: Codable, Sendable {
    /// What keeping a resident is worth; the lowest is evicted first. Called once per candidate and admission.
    mutating func score(of resident: InstanceID, in edge: EdgeState) -> Double

    /// How far scores fall by themselves; nil, the default: unknown, and the planner asks for all of them each time.
    /// Asked once, at the start.
    func fall(in time: TimeModel) -> ScoreFall?

    /// What the resident's score will not be below from now on, before it falls as `fall` says, and how fast it can fall if
    /// that is slower; asked only where `fall` is known. The default is the score.
    mutating func bound(of resident: InstanceID, in edge: EdgeState) -> ScoreBound

    /// Whether a request may lower the score of the resident that it asks for; false by default.
    var requestsMayLower: Bool { get }

    /// What the newcomer's residency is worth on the same scale: only residents with a lower score may go for it.
    ///
    /// The default is infinite: no gate. Asked only where the cloud can take the request instead (or, for a bounded
    /// time, where it cannot), so a gate refuses nothing forever.
    mutating func claim(of newcomer: InstanceID, in edge: EdgeState) -> Double

    /// Whether scores are what a byte of memory is worth; false by default. Then a single resident that makes room enough goes
    /// instead of the lowest scores, where it is worth less than they are together.
    var scoresPerByte: Bool { get }

    /// Whether the newcomer could be admitted for any victims; asked before `admits`, under the same condition. False saves
    /// the search for victims; the default is true.
    mutating func mayAdmit(_ newcomer: InstanceID, in edge: EdgeState) -> Bool

    /// Of the victims that make up for what is missing, in order, those that really go: a subset that still does.
    ///
    /// The default is all. The lowest scores make room one after the other, and a large one at the end may make room
    /// enough without the small ones before it.
    mutating func needed(of victims: [InstanceID], freeing missing: Bytes, in edge: EdgeState) -> [InstanceID]

    /// Whether the newcomer is loaded at all, given its victims in order; asked under the same condition as `claim`.
    mutating func admits(_ newcomer: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Bool

    /// Whether a load that a single request pays for may be begun without asking; true by default.
    var loadsByCost: Bool { get }

    /// What loading an absent instance before it is asked for promises to save more than its victims would, and than it costs:
    /// above 0 it is loaded. Asked without victims first, to find the most promising. nil, the default: the policy does not
    /// look ahead.
    mutating func prospect(of absent: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Double?

    /// Requests for the instance have arrived, wherever they will run: one, or a slot's batch at once.
    mutating func didRequest(_ instance: InstanceID, count: Int, in edge: EdgeState)
    /// The instance's load has begun.
    mutating func didLoad(_ instance: InstanceID, in edge: EdgeState)
    /// The instance has been chosen to leave.
    mutating func didEvict(_ instance: InstanceID, in edge: EdgeState)
}

extension Policy {
    public func fall(in time: TimeModel) -> ScoreFall? { nil }
    public var requestsMayLower: Bool { false }
    public var scoresPerByte: Bool { false }
    public var loadsByCost: Bool { true }
    public mutating func bound(of resident: InstanceID, in edge: EdgeState) -> ScoreBound {
        ScoreBound(score(of: resident, in: edge))
    }
    public mutating func claim(of newcomer: InstanceID, in edge: EdgeState) -> Double { .infinity }
    public mutating func mayAdmit(_ newcomer: InstanceID, in edge: EdgeState) -> Bool { true }
    public mutating func needed(
        of victims: [InstanceID], freeing missing: Bytes, in edge: EdgeState
    ) -> [InstanceID] { victims }
    public mutating func admits(_ newcomer: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Bool {
        true
    }
    public mutating func prospect(
        of absent: InstanceID, replacing victims: [InstanceID], in edge: EdgeState
    ) -> Double? { nil }
    public mutating func didRequest(_ instance: InstanceID, count: Int, in edge: EdgeState) {}
    public mutating func didLoad(_ instance: InstanceID, in edge: EdgeState) {}
    public mutating func didEvict(_ instance: InstanceID, in edge: EdgeState) {}
}
