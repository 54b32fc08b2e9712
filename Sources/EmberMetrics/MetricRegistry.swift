public import CoreMetrics
import Synchronization

/// All that is counted of one server: the factory behind the façade of swift-metrics, and the source of a scrape.
///
/// Series are made once, and then added to without a lock. Only declared families have series.
public final class MetricRegistry: MetricsFactory {
    private struct Series {
        let labels: LabelText
        let cell: any MetricCell
    }

    private struct State {
        var bounds = LabelBounds()
        /// By family, in the order in which they were made.
        var series: [[Series]]
        var places: [[LabelText: Int]]
    }

    private let families: [MetricFamily]
    private let places: [String: Int]
    private let state: Mutex<State>

    public init(_ families: [MetricFamily]) {
        self.families = families
        places = Dictionary(uniqueKeysWithValues: families.enumerated().map { ($1.name, $0) })
        state = Mutex(
            State(series: families.map { _ in [] }, places: families.map { _ in [:] }))
    }

    // MARK: Series

    /// - Parameter values: of the family's labels, in their order.
    public func counter(_ family: MetricFamily, _ values: String...) -> Counter {
        let dimensions = Array(zip(family.labels, values))
        return Counter(label: family.name, dimensions: dimensions, factory: self)
    }

    /// The same, for amounts with a fraction.
    public func amount(_ family: MetricFamily, _ values: String...) -> FloatingPointCounter {
        let dimensions = Array(zip(family.labels, values))
        return FloatingPointCounter(label: family.name, dimensions: dimensions, factory: self)
    }

    /// The same, of a histogram.
    public func histogram(_ family: MetricFamily, _ values: String...) -> Recorder {
        let dimensions = Array(zip(family.labels, values))
        return Recorder(label: family.name, dimensions: dimensions, aggregate: true, factory: self)
    }

    /// Labels of a sample that no cell keeps, such as a gauge that is read at a scrape; within the same bounds.
    public func labels(_ family: MetricFamily, _ values: String...) -> LabelText {
        state.withLock { LabelText(family.labels, Self.bounded(values, of: family, &$0)) }
    }

    private func series<Cell: MetricCell>(
        _ name: String, _ dimensions: [(String, String)], _ make: (MetricFamily) -> Cell
    ) -> Cell {
        guard let place = places[name] else { preconditionFailure("\(name) is not a declared metric") }
        let family = families[place]
        let given = Dictionary(dimensions) { first, _ in first }
        return state.withLock { state in
            var labels = LabelText(
                family.labels, Self.bounded(family.labels.map { given[$0] ?? "" }, of: family, &state))
            if state.places[place][labels] == nil, state.series[place].count >= LabelBounds.mostSeries {
                labels = LabelText(family.labels, family.labels.map { _ in LabelBounds.other })
            }
            if let known = state.places[place][labels], let cell = state.series[place][known].cell as? Cell {
                return cell
            }
            let cell = make(family)
            state.places[place][labels] = state.series[place].count
            state.series[place].append(Series(labels: labels, cell: cell))
            return cell
        }
    }

    private static func bounded(_ values: [String], of family: MetricFamily, _ state: inout State) -> [String] {
        zip(family.labels, values).map { label, value in state.bounds.bounded(value, of: label) }
    }

    // MARK: Scrapes

    /// Writes all series. O(series); others may add to them meanwhile.
    public func write(to exposition: inout Exposition) {
        let series = state.withLock { $0.series }
        for (family, series) in zip(families, series) {
            exposition.begin(family)
            for one in series { one.cell.write(one.labels, to: &exposition) }
        }
    }

    // MARK: Façade

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { CounterCell(omitsZero: $0.omitsZeros) }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions) { _ in AmountCell() }
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        series(label, dimensions) { HistogramCell(bounds: $0.bounds, omitsZero: $0.omitsZeros) }
    }

    // Gauges are read at a scrape from their owners, and times are recorded in seconds: neither is asked for.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        NOOPMetricsHandler.instance
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        NOOPMetricsHandler.instance
    }

    // A counter that went and came back would count from 0.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}
