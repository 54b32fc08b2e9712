public import EmberCore

/// The requests of a span of time on one server, and how long things take there: what plans are made for.
public struct PlanWork: Sendable {
    /// Where the requests come from.
    public enum Source: String, Codable, Sendable {
        /// A server's log of events.
        case log
        /// Stated rates, by which they are drawn.
        case rates
    }

    public let source: Source
    public let catalogue: Catalogue
    /// The policy, and the memory, that the server has.
    public let policy: String
    public let settings: PlannerSettings
    public let seconds: Double
    let arrivals: [Arrival]
    let news: [(time: Time, event: Event)]
    let measured: [EventTime.Measured]

    /// Requests that ask for each model, by its id.
    var counts: [Int] {
        var counts = catalogue.models.map { _ in 0 }
        for arrival in arrivals { counts[catalogue.model(of: arrival.pair).index] += 1 }
        return counts
    }

    /// The work as a scenario, under other conditions. It begins with nothing in memory.
    func scenario(memory: Bytes, cloud: PlanCase.Cloud) -> Scenario {
        var arrivals = arrivals
        if cloud == .none { for index in arrivals.indices { arrivals[index].isOffloadable = false } }
        var events = EventTime(measured: measured, seconds: max(seconds, 1), bounds: bounds)
        if case .limit(let money) = cloud { events.billLimit = money }
        return Scenario(
            name: source.rawValue, summary: "", slots: 1,
            edge: EdgeServers(
                count: 1, memory: memory, energyJoules: settings.energy.budget, retention: settings.retention),
            catalogue: catalogue, workload: .recorded(RecordedWorkload(arrivals: arrivals, news: news)),
            events: events, published: [], notes: [])
    }

    private var bounds: PlannerSettings {
        var bounds = settings
        bounds.recordsDecisions = false
        return bounds
    }
}

extension PlanWork {
    /// The end of a run that a server has recorded.
    ///
    /// - Parameter last: seconds; nil: the whole run.
    public init(_ run: RecordedRun, last: Double?) {
        let whole = run.scenario(named: "")
        guard case .recorded(let work) = whole.workload, let events = whole.events else {
            preconditionFailure("a run's scenario is recorded")
        }
        let start = max(0, run.seconds - (last ?? .infinity))
        (source, catalogue, policy, settings) = (.log, whole.catalogue, run.policy, run.settings)
        seconds = run.seconds - start
        measured = events.measured ?? []
        arrivals = work.arrivals.filter { $0.time.seconds >= start }.map { $0.moved(back: start) }
        news = work.news.compactMap { Self.moved($0, back: start) }
    }

    /// What was measured before the span is known when it begins; orders of before it have been carried out.
    private static func moved(_ news: (time: Time, event: Event), back start: Double) -> (time: Time, event: Event)? {
        switch news.event {
        // Memory and bounds are those of the plan.
        case .settingsChanged: return nil
        case .loadRequested, .unloadRequested: if news.time.seconds < start { return nil }
        default: break
        }
        return (Time(seconds: max(0, news.time.seconds - start)), news.event)
    }
}

extension Arrival {
    fileprivate func moved(back seconds: Double) -> Arrival {
        Arrival(
            time: Time(seconds: time.seconds - seconds), pair: pair, inputTokens: inputTokens,
            outputTokens: outputTokens, isOffloadable: isOffloadable, terms: terms, served: served)
    }
}
