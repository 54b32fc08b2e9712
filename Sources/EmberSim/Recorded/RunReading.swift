import EmberCore

/// Reads a server's run event by event: which requests came and how they ended, and how long things took.
struct RunReading {
    typealias Request = RecordedRun.Request

    /// Those that were answered, or refused at the edge, in the order of their ends.
    private(set) var requests: [Request] = []
    /// What the operator, or a preload, asked for, and what was measured.
    private(set) var news: [(time: Time, event: Event)] = []
    /// By model of `catalogue`.
    private(set) var times: [RecordedRun.Times]

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
    /// Ids of requests, news and times are its.
    private(set) var catalogue: RunCatalogue
    private let began: Time

    /// - Parameter began: the beginning of the run, or of the part of it that is read.
    init(_ catalogue: Catalogue, began: Time) {
        (self.catalogue, self.began) = (RunCatalogue(catalogue), began)
        times = catalogue.models.map { _ in RecordedRun.Times() }
    }

    mutating func read(_ event: Event, at time: Time) {
        switch event {
        case .requestArrived(let id, let service, let model, let isOffloadable, let terms):
            // A hedge that wins is what was asked of the cloud in vain, and that had no such deadline.
            let isHedge = terms.isHedge
            let request = Request(
                time: sinceBeginning(time), service: catalogue(service), model: catalogue(model),
                isOffloadable: isOffloadable || isHedge,
                terms: isHedge ? RequestTerms() : translated(terms))
            open[id] = Open(request: request, model: catalogue(model), isHedge: isHedge)
        case .requestFinished(let id, let tokens, let bill, let work): finish(id, tokens, bill, work, at: time)
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
            .weightsCached, .modelUnusable, .settingsChanged:
            note(event, at: time)
        case .modelRead(let instance, _, _, _):
            loads[instance] = nil
            note(event, at: time)
        case .engineOverran(let instance, let resting, let peak):
            // Another policy may not have had it in memory then, but what was learnt of it holds.
            loads[instance] = nil
            note(.footprintMeasured(instance, resting, peak: peak), at: time)
        default: break
        }
    }

    private mutating func note(_ event: Event, at time: Time) {
        if let event = catalogue.translated(event) { news.append((sinceBeginning(time), event)) }
    }

    private func translated(_ terms: RequestTerms) -> RequestTerms {
        var terms = terms
        terms.unfit = terms.unfit.map { catalogue($0) }
        return terms
    }

    /// The run has another catalogue from here on: what is under way there is known by other ids.
    ///
    /// - Parameter change: what has become of the ids.
    mutating func take(_ next: Catalogue, after change: CatalogueChange, of former: Catalogue) {
        catalogue.take(next)
        while times.count < catalogue.models.count { times.append(RecordedRun.Times()) }
        let map = CatalogueMap(change, of: former)
        func moved(_ begun: [InstanceID: Time]) -> [InstanceID: Time] {
            Dictionary(uniqueKeysWithValues: begun.compactMap { instance, time in map[instance].map { ($0, time) } })
        }
        (loads, unloads) = (moved(loads), moved(unloads))
    }

    private func sinceBeginning(_ time: Time) -> Time { Time(seconds: time - began) }

    mutating func read(_ effect: Effect, at time: Time) {
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

    private mutating func finish(
        _ id: RequestID, _ tokens: Int, _ bill: Double, _ work: EngineWork?, at time: Time
    ) {
        guard var ended = open.removeValue(forKey: id) else { return }
        let (model, seconds) = (ended.model, time - ended.begun)
        ended.request.tokens = tokens
        ended.request.served = .init(
            model: ended.isOffloaded ? nil : model, seconds: seconds, bill: bill, work: ended.isOffloaded ? nil : work)
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
