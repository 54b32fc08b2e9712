/// A policy orders residents for eviction, and may refuse newcomers that are worth less than the residents they
/// displace.
///
/// The planner asks a policy only about evictable residents (never one in use, loading, pinned or newly loaded), orders
/// them by `score`, then by id, and evicts from the low end until the newcomer fits. Only `score` and `didChange` are
/// required. A policy keeps its own counts in stored properties, updated by the `did…` calls, and reads the rest from
/// `EdgeState`. It must not depend on anything else: same events, same answers. After encoding and decoding it
/// continues unchanged.
public protocol Policy: Codable, Sendable {
    /// The value of keeping a resident; the lowest is evicted first. Called once per candidate and admission.
    mutating func score(of resident: InstanceID, in edge: EdgeState) -> Double

    /// How far scores fall without events; nil, the default: unknown, and the planner computes all of them each time.
    /// Called once, at the start.
    func fall(in time: TimeModel) -> ScoreFall?

    /// A lower bound of the resident's score from now on, before it falls as `fall` says, and its own speed of falling
    /// if that is slower; called only if `fall` is known. The default is the score.
    mutating func bound(of resident: InstanceID, in edge: EdgeState) -> ScoreBound

    /// Whether a request may lower the score of its own resident; false by default.
    var requestsMayLower: Bool { get }

    /// The value of the newcomer's residency on the same scale: only residents with a lower score may be its victims.
    ///
    /// The default is infinite: no gate. Called only if the cloud can take the request instead (or, for a bounded time,
    /// if it cannot), so a gate refuses nothing forever.
    mutating func claim(of newcomer: InstanceID, in edge: EdgeState) -> Double

    /// Whether scores are values per byte of memory; false by default. If true, a single resident that frees enough is
    /// evicted instead of the lowest scores, if it is worth less than they are together.
    var scoresPerByte: Bool { get }

    /// Whether the newcomer could be admitted with any victims; called before `admits`, under the same condition. False
    /// saves the search for victims; the default is true.
    mutating func mayAdmit(_ newcomer: InstanceID, in edge: EdgeState) -> Bool

    /// A subset of the victims, in order, that still frees enough.
    ///
    /// The default is all. The lowest scores are collected one after the other, and a large victim at the end may free
    /// enough without the small ones before it.
    mutating func needed(of victims: [InstanceID], freeing missing: Bytes, in edge: EdgeState) -> [InstanceID]

    /// Whether the newcomer is loaded at all, given its victims in order; called under the same condition as `claim`.
    mutating func admits(_ newcomer: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Bool

    /// Whether a load that pays for a single request may begin without the policy's consent; true by default.
    var loadsByCost: Bool { get }

    /// The expected saving of loading an absent instance ahead of demand, less its victims' saving and less the load's
    /// cost: above 0 it is loaded. Called without victims first, to find the best candidate. nil, the default: the
    /// policy does not load ahead.
    mutating func prospect(of absent: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Double?

    /// `count` requests for the instance have arrived at once (one, except for a slot's batch), wherever they will run.
    mutating func didRequest(_ instance: InstanceID, count: Int, in edge: EdgeState)
    /// The instance's load has begun.
    mutating func didLoad(_ instance: InstanceID, in edge: EdgeState)
    /// The instance has been chosen to leave.
    mutating func didEvict(_ instance: InstanceID, in edge: EdgeState)
    /// The catalogue has changed, and with it ids and numbers of instances: what is kept by instance must be moved
    /// (`CatalogueMap.moved`). There is no default, so that it is not forgotten.
    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState)
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
