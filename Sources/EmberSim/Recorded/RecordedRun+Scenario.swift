import EmberCore
import Foundation

extension RecordedRun {
    /// The run as a scenario of one slot, the whole of it: the server's own models, budget and bounds, and the requests
    /// at their times. A request that is served as it was then takes as long as then; else its model's mean, or, if the
    /// model served no request, the mean of the others.
    func scenario(named name: String) -> Scenario {
        var settings = settings
        settings.recordsDecisions = false
        let pairs = requests.map { catalogue.pair($0.service, $0.model) }
        let arrivals = zip(requests, pairs).map { request, pair in
            Arrival(
                time: request.time, pair: pair, inputTokens: request.tokens ?? 0, outputTokens: 0,
                isOffloadable: request.isOffloadable, terms: request.terms, served: request.served)
        }
        return Scenario(
            name: name, summary: "A server's run of \(Int(seconds.rounded())) s, \(arrivals.count) requests", slots: 1,
            edge: EdgeServers(
                count: 1, memory: settings.budget, energyJoules: settings.energy.budget,
                retention: settings.retention),
            catalogue: catalogue, workload: .recorded(RecordedWorkload(arrivals: arrivals, news: news)),
            events: EventTime(measured: modelTimes, seconds: max(seconds, 1), bounds: settings), published: [],
            notes: [])
    }

    private var modelTimes: [EventTime.Measured] {
        let all = times.reduce(into: Times()) { all, times in
            all.loadSeconds.add(times.loadSeconds)
            all.unloadSeconds.add(times.unloadSeconds)
            all.edgeSeconds.add(times.edgeSeconds)
            all.edgeTokens.add(times.edgeTokens)
            all.cloudSeconds.add(times.cloudSeconds)
            all.bills.add(times.bills)
        }
        return times.map { own in
            func known(_ tally: KeyPath<Times, Tally>, otherwise: Double) -> Double {
                own[keyPath: tally].mean ?? all[keyPath: tally].mean ?? otherwise
            }
            let edge = own.edgeSeconds.count > 0 ? own : all
            return EventTime.Measured(
                loadSeconds: known(\.loadSeconds, otherwise: 1),
                unloadSeconds: known(\.unloadSeconds, otherwise: 0),
                secondsPerToken: edge.edgeSeconds.sum / max(1, edge.edgeTokens.sum),
                secondsPerRequest: edge.edgeTokens.sum > 0 ? 0 : edge.edgeSeconds.mean ?? 1,
                cloudSeconds: known(\.cloudSeconds, otherwise: 1), bill: known(\.bills, otherwise: 0))
        }
    }
}

/// The requests of a server's run, the same for every seed, and its other events: the operator's requests, and
/// measurements.
public struct RecordedWorkload: Sendable {
    let arrivals: [Arrival]
    let news: [(time: Time, event: Event)]
}
