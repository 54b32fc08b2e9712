public import EmberCore
public import EmberDocument

/// What a server's log says of a run, or of a part of it: what was asked of it, and how long things took, so that it
/// can be simulated under any policy.
///
/// Of requests that came before the part began, only the ends are in it: the planner receives them, but they are not
/// among the requests, and no time is taken from them, nor from loads and unloads that were under way.
public struct RecordedRun: Sendable {
    /// A request as it came; its time is counted from the beginning of the part.
    struct Request: Sendable {
        let time: Time
        let service: ServiceID
        let model: ModelID
        /// Whether the cloud might have been asked: upstreams that were down, and budgets that were spent, are in it.
        var isOffloadable: Bool
        let terms: RequestTerms
        /// Of prefill and decode; nil: it was not answered.
        var tokens: Int?
        /// How it was served in the end.
        var served: Arrival.Served?
    }

    /// What has been measured of a model.
    struct Times: Sendable {
        var loadSeconds = Tally()
        var unloadSeconds = Tally()
        /// Of requests at the edge, with their tokens.
        var edgeSeconds = Tally()
        var edgeTokens = Tally()
        var cloudSeconds = Tally()
        var bills = Tally()
    }

    public let setting: RecordedSetting
    /// All models and services that the run, or the part, has had; requests, news and times go by its ids.
    let catalogue: Catalogue
    /// The planner's bounds at the beginning.
    let settings: PlannerSettings
    /// Whose decisions they were at first.
    public let policy: String
    /// Events decided again, and the place of the first one that has other effects now than then, from 1: it ends the
    /// run.
    public let events: Int
    public let firstDifference: Int?
    /// Where that is written.
    public let differencePlace: Place?
    /// In the order of time: those that were answered, or refused at the edge.
    let requests: [Request]
    /// What the operator, or a preload, asked for, and what was measured.
    let news: [(time: Time, event: Event)]
    /// By model.
    let times: [Times]
    /// Seconds from the part's beginning to its last event.
    private(set) var seconds = 0.0
    /// The costs of the run up to the part's end, as the server's planner counted them.
    public let ledger: CostLedger

    /// Decides the run again, up to the first difference.
    ///
    /// - Parameter path: of a part; or of a folder with logs, whose latest run it is then, as far as there is something
    ///   left.
    public init(_ path: String) throws(ScenarioError) {
        var log = try EventLog(path)
        var replay = log.replay()
        let began = replay.planner.edge.now
        (setting, policy) = (log.setting, log.planner.policy)
        settings = replay.planner.edge.settings
        var reading = RunReading(log.catalogue, began: began)
        while replay.firstDifference == nil, let recorded = try log.next() {
            let former = replay.planner.edge.catalogue
            guard let effects = replay.step(recorded) else {
                throw log.problem("names something that the log's header does not have")
            }
            if case .catalogueChanged(let change) = recorded.event {
                reading.take(replay.planner.edge.catalogue, after: change, of: former)
            }
            reading.read(recorded.event, at: recorded.time)
            for effect in effects { reading.read(effect, at: recorded.time) }
            seconds = recorded.time - began
        }
        (events, firstDifference) = (replay.events, replay.firstDifference)
        differencePlace = firstDifference.map { _ in log.place }
        ledger = replay.planner.edge.ledger
        requests = reading.requests.sorted { $0.time < $1.time }
        (news, times, catalogue) = (reading.news, reading.times, reading.catalogue.catalogue)
    }
}

extension RecordedRun {
    /// The requests that were answered, as a workload for scenarios: prefill and decode are known together only.
    public var csv: String {
        let answered = requests.compactMap { request in
            request.tokens.map { tokens in
                let (service, model) = (catalogue[request.service].name, catalogue[request.model].name)
                return "\(request.time.seconds),\(service),\(model),\(tokens),0\n"
            }
        }
        return "time,service,model,input_tokens,output_tokens\n" + answered.joined()
    }
}
