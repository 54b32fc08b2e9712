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
    /// Whose decisions they were at first.
    public let policy: String
    /// Events decided again, and the place of the first one that has other effects now than then, from 1: it ends the
    /// run.
    public private(set) var events = 0
    public private(set) var firstDifference: Int?
    /// Where that is written.
    public private(set) var differencePlace: Place?
    /// In the order of time: those that were answered, or refused at the edge.
    private(set) var requests: [Request] = []
    /// What the operator, or a preload, asked for, and what was measured.
    private(set) var news: [(time: Time, event: Event)] = []
    /// By model.
    private(set) var times: [Times]
    /// Seconds from the part's beginning to its last event.
    private(set) var seconds = 0.0
    /// The costs of the run up to the part's end, as the server's planner counted them.
    public private(set) var ledger = CostLedger()

    private struct Open {
        var request: Request
        var begun = Time.zero
        var model: ModelID
        var isOffloaded = false
        let isHedge: Bool
    }
    private var open: [RequestID: Open] = [:]
    /// When what is under way has begun.
    private var loads: [InstanceID: Time] = [:]
    private var unloads: [InstanceID: Time] = [:]
    private let catalogue: Catalogue
    /// The part's beginning.
    private let began: Time

    /// Decides the run again, up to the first difference.
    ///
    /// - Parameter path: of a part; or of a folder with logs, whose latest run it is then, as far as there is something
    ///   left.
    public init(_ path: String) throws(ScenarioError) {
        var log = try EventLog(path)
        var replay = log.replay()
        began = replay.planner.edge.now
        (setting, policy) = (log.setting, log.planner.policy)
        catalogue = setting.catalogue
        times = catalogue.models.map { _ in Times() }
        while replay.firstDifference == nil, let recorded = try log.next() {
            guard let effects = replay.step(recorded) else {
                throw log.problem("names something that the log's header does not have")
            }
            note(recorded.event, at: recorded.time)
            for effect in effects { note(effect, at: recorded.time) }
            seconds = recorded.time - began
        }
        (events, firstDifference) = (replay.events, replay.firstDifference)
        differencePlace = firstDifference.map { _ in log.place }
        ledger = replay.planner.edge.ledger
        requests.sort { $0.time < $1.time }
    }

    private mutating func note(_ event: Event, at time: Time) {
        switch event {
        case .requestArrived(let id, let service, let model, let isOffloadable, let terms):
            // A hedge that wins is what was asked of the cloud in vain, and that had no such deadline.
            let isHedge = terms.isHedge
            let request = Request(
                time: sinceBeginning(time), service: service, model: model, isOffloadable: isOffloadable || isHedge,
                terms: isHedge ? RequestTerms() : terms)
            open[id] = Open(request: request, model: model, isHedge: isHedge)
        case .requestFinished(let id, let tokens, let bill): finish(id, tokens, bill, at: time)
        case .requestFailed(let id, retryable: false), .requestCancelled(let id): open[id] = nil
        case .requestFailed(let id, retryable: true):
            // What the cloud has failed could only run at the edge.
            if open[id]?.isOffloaded == true { open[id]?.request.isOffloadable = false }
        case .loadFinished(let instance):
            guard let began = loads.removeValue(forKey: instance) else { return }
            times[catalogue.model(of: instance).index].loadSeconds.add(time - began)
        case .unloadFinished(let instance):
            guard let began = unloads.removeValue(forKey: instance) else { return }
            times[catalogue.model(of: instance).index].unloadSeconds.add(time - began)
        case .loadRequested, .unloadRequested, .footprintMeasured, .footprintForgotten, .contextMeasured,
            .weightsCached, .workMeasured, .modelUnusable:
            news.append((sinceBeginning(time), event))
        case .modelRead(let instance, _, _, _):
            loads[instance] = nil
            news.append((sinceBeginning(time), event))
        case .engineOverran(let instance, let resting, let peak):
            // Another policy may not have had it in memory then, but what was learnt of it holds.
            loads[instance] = nil
            news.append((sinceBeginning(time), .footprintMeasured(instance, resting, peak: peak)))
        default: break
        }
    }

    private func sinceBeginning(_ time: Time) -> Time { Time(seconds: time - began) }

    private mutating func note(_ effect: Effect, at time: Time) {
        switch effect {
        case .beginLoad(let instance): loads[instance] = time
        // What it takes to end a load says nothing of how long a resident takes to leave.
        case .beginUnload(let instance, _): if loads.removeValue(forKey: instance) == nil { unloads[instance] = time }
        case .dispatch(let id, let instance):
            open[id]?.begun = time
            open[id]?.model = catalogue.model(of: instance)
            open[id]?.isOffloaded = false
        case .offload(let id, _):
            open[id]?.begun = time
            open[id]?.isOffloaded = true
        case .reject(let id, .cloudFailed): open[id] = nil
        case .reject(let id, _):
            if let refused = open.removeValue(forKey: id), !refused.isHedge { requests.append(refused.request) }
        default: break
        }
    }

    private mutating func finish(_ id: RequestID, _ tokens: Int, _ bill: Double, at time: Time) {
        guard var ended = open.removeValue(forKey: id) else { return }
        let (model, seconds) = (ended.model, time - ended.begun)
        ended.request.tokens = tokens
        ended.request.served = .init(model: ended.isOffloaded ? nil : model, seconds: seconds, bill: bill)
        requests.append(ended.request)
        if ended.isOffloaded {
            times[model.index].cloudSeconds.add(seconds)
            times[model.index].bills.add(bill)
        } else {
            times[model.index].edgeSeconds.add(seconds)
            times[model.index].edgeTokens.add(Double(tokens))
        }
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

/// A sum and how many values are in it.
struct Tally: Sendable {
    private(set) var sum = 0.0
    private(set) var count = 0

    mutating func add(_ value: Double) {
        sum += value
        count += 1
    }

    mutating func add(_ other: Tally) {
        sum += other.sum
        count += other.count
    }

    /// nil of none.
    var mean: Double? { count > 0 ? sum / Double(count) : nil }
}
