public import EmberConfig
import EmberCore
import EmberMetrics
public import EmberSystem
import Synchronization

/// Counts what happens to requests, models and engines, for /metrics.
///
/// The coordinator reports it, on its own executor: so the lock of the table is never waited for. What the planner
/// counts itself is not counted again, but read at a scrape (`MetricsSnapshot`).
public final class ServerMeters: Sendable {
    /// Whether anything is counted; else only the access log is served.
    let isOn: Bool
    let registry: MetricRegistry
    let responses: ResponseMeters
    let deployment: Deployment
    private let time: TimeSource
    private let table: Mutex<SeriesTable>

    public init(_ settings: MetricsConfiguration, _ deployment: Deployment, _ time: TimeSource) {
        isOn = settings.isOn
        registry = MetricRegistry(RequestFamilies.all + ModelFamilies.all)
        responses = ResponseMeters(registry)
        (self.deployment, self.time) = (deployment, time)
        table = Mutex(SeriesTable(registry, settings))
    }

    // MARK: Requests

    /// - Parameter isHit: whether its model was in memory, and stays.
    func countArrival(for model: ModelID, isHit: Bool) {
        let series = table.withLock { $0.model(model, deployment) }
        if isHit { series.hits.increment() } else { series.misses.increment() }
    }

    /// An engine or an upstream is given the request.
    ///
    /// - Parameter expected: seconds that its answer should take there; nil: not known.
    func countDispatch(of request: inout RequestLife, expecting expected: Double?) {
        let now = time.now
        guard let figures = request.figures, request.figures?.send(at: now, expecting: expected) == true else {
            return
        }
        let series = table.withLock { $0.model(request.model, deployment) }
        series.wait.record(figures.arrived.duration(to: now) / .seconds(1))
    }

    /// The request has ended, with its reservation still its own. Hedges and Ember's own requests do not count.
    func count(_ end: RequestEnd, of request: RequestLife) {
        guard let figures = request.figures, !request.isHedge else { return }
        figures.access?.take(end, of: request, figures, deployment)
        guard isOn else { return }
        let now = time.now
        let (series, askers) = table.withLock {
            ($0.series(of: request, figures.kind, end, deployment), $0.askers(figures))
        }
        series.requests.increment()
        series.duration.record(figures.arrived.duration(to: now) / .seconds(1))
        for asker in askers { asker.count(end) }
        guard let answer = series.answer else { return }
        if let first = end.firstToken { answer.firstToken.record(figures.arrived.duration(to: first) / .seconds(1)) }
        if let seconds = end.secondsPerToken(until: now) { answer.perToken.record(seconds) }
        if let tokens = end.tokens {
            answer.promptTokens.increment(by: tokens.input)
            answer.answerTokens.increment(by: tokens.output)
        }
        if let reused = end.reusedTokens, reused > 0 { answer.reusedTokens.increment(by: reused) }
        if !request.isOffloaded, let sent = figures.sent, let expected = figures.expectedSeconds {
            compare(.answer, sent.duration(to: now) / .seconds(1), with: expected)
        }
        if let slot = end.slot, let reused = slot.reusedTokens {
            compare(.reuse, Double(reused), with: Double(slot.expectedTokens))
        }
    }

    /// The configuration has changed: ids may mean something else.
    func forgetIDs() { table.withLock { $0.forgetIDs() } }

    // MARK: What was expected

    enum Expectation: String {
        case load, answer, memory, reuse
    }

    /// - Parameter expected: nothing is compared with 0.
    func compare(_ what: Expectation, _ measured: Double, with expected: Double) {
        guard expected > 0 else { return }
        registry.histogram(ModelFamilies.prediction, what.rawValue).record(measured / expected)
    }
}
