/// Feeds recorded events into a new planner, or into one in the state at the beginning of a part, and compares its
/// effects with the recorded ones.
public struct Replay: Sendable {
    public private(set) var planner: any Planning
    /// Events decided so far, and the place of the first one that had other effects than then; from 1.
    public private(set) var events = 0
    public private(set) var firstDifference: Int?
    /// As the planner has it now.
    private var catalogue: Catalogue

    public init(_ setting: RecordedSetting) throws(PolicyError) {
        self.init(setting, from: try setting.planner())
    }

    /// - Parameter planner: as it was before the first event.
    public init(_ setting: RecordedSetting, from planner: any Planning) {
        self.planner = planner
        catalogue = planner.edge.catalogue
    }

    /// Gives the planner the event; none after the first difference, since the rest belongs to another run.
    ///
    /// - Returns: its effects now; nil for an event that names something outside the catalogue.
    public mutating func step(_ recorded: RecordedEvent) -> [Effect]? {
        guard recorded.fits(catalogue) else { return nil }
        guard firstDifference == nil else { return [] }
        events += 1
        if let request = recorded.event.newcomer, planner.isLive(request) {
            // Something that ended it is missing in the log.
            firstDifference = events
            return []
        }
        var effects: [Effect] = []
        planner.handle(recorded.event, at: recorded.time, into: &effects)
        _ = planner.takeDecisions()
        if case .catalogueChanged = recorded.event { catalogue = planner.edge.catalogue }
        if EffectDigest(effects) != recorded.digest { firstDifference = events }
        return effects
    }
}

extension Event {
    /// The request that arrives with it.
    fileprivate var newcomer: RequestID? {
        switch self {
        case .requestArrived(let request, _, _, _, _), .batchArrived(let request, _, _, _, _): request
        default: nil
        }
    }
}
