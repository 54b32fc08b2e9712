import CoreMetrics
import EmberMetrics
import Testing

/// What a scrape of a registry looks like.
@Suite struct ExpositionTests {
    private static let loads = MetricFamily("ember_loads_total", .counter, "Loads.", labels: ["model", "place"])
    private static let money = MetricFamily("ember_money_total", .counter, "Money.", labels: [])
    private static let seconds = MetricFamily("ember_seconds", .histogram([0.5, 1]), "Seconds.", labels: ["model"])
    private static let rare = MetricFamily("ember_rare_total", .counter, "R.", labels: ["code"], omitsZeros: true)

    private func text(_ registry: MetricRegistry, _ format: ExpositionFormat = .prometheus) -> String {
        var exposition = Exposition(format)
        registry.write(to: &exposition)
        return String(decoding: exposition.finish(), as: UTF8.self)
    }

    @Test func countersOfTheFacadeAreSeriesWithLabels() {
        let registry = MetricRegistry([Self.loads])
        registry.counter(Self.loads, "a", "edge").increment(by: 2)
        Counter(label: "ember_loads_total", dimensions: [("place", "edge"), ("model", "a")], factory: registry)
            .increment()
        registry.counter(Self.loads, "b", "").increment()
        #expect(
            text(registry) == """
                # HELP ember_loads_total Loads.
                # TYPE ember_loads_total counter
                ember_loads_total{model="a",place="edge"} 3
                ember_loads_total{model="b"} 1

                """)
    }

    @Test func openMetricsNamesCountersWithoutTheirSuffixAndEnds() {
        let registry = MetricRegistry([Self.money])
        registry.amount(Self.money).increment(by: 0.25)
        registry.amount(Self.money).increment(by: 0.5)
        #expect(
            text(registry, .openMetrics) == """
                # HELP ember_money Money.
                # TYPE ember_money counter
                ember_money_total 0.75
                # EOF

                """)
    }

    @Test func bucketsAreCumulativeAndBoundsBelongToTheLowerOne() {
        let registry = MetricRegistry([Self.seconds])
        let recorder = registry.histogram(Self.seconds, "a")
        for value in [0.25, 0.5, 0.75, 5] { recorder.record(value) }
        recorder.record(Double.nan)
        #expect(
            text(registry) == """
                # HELP ember_seconds Seconds.
                # TYPE ember_seconds histogram
                ember_seconds_bucket{model="a",le="0.5"} 2
                ember_seconds_bucket{model="a",le="1.0"} 3
                ember_seconds_bucket{model="a",le="+Inf"} 4
                ember_seconds_sum{model="a"} 6.5
                ember_seconds_count{model="a"} 4

                """)
    }

    @Test func valuesOfLabelsAreEscaped() {
        let registry = MetricRegistry([Self.loads])
        registry.counter(Self.loads, "a\"\\\nb", "edge").increment()
        #expect(text(registry).contains(#"model="a\"\\\nb",place="edge"} 1"#))
    }

    @Test func seriesThatAreMadeBeforehandAreLeftOutWhileTheyAreZero() {
        let registry = MetricRegistry([Self.rare])
        let counters = ["200", "404"].map { registry.counter(Self.rare, $0) }
        counters[1].increment()
        #expect(!text(registry).contains("200") && text(registry).contains(#"{code="404"} 1"#))
    }

    @Test func valuesOfALabelBeyondTheBoundCountTogether() {
        let registry = MetricRegistry([Self.seconds])
        for number in 0..<300 { registry.histogram(Self.seconds, "m\(number)").record(1.0) }
        registry.histogram(Self.seconds, "m0").record(1.0)
        let counts = text(registry).split(separator: "\n").filter { $0.hasPrefix("ember_seconds_count") }
        #expect(counts.count == 257)
        #expect(counts.contains(#"ember_seconds_count{model="m0"} 2"#))
        #expect(counts.contains(#"ember_seconds_count{model="other"} 44"#))
    }

    @Test func samplesWithTheSameLabelsAreAddedUp() {
        let registry = MetricRegistry([])
        let gauge = MetricFamily("ember_bytes", .gauge, "Bytes.", labels: ["model"])
        var exposition = Exposition(.prometheus)
        let labels = (0..<260).map { registry.labels(gauge, "m\($0)") }
        exposition.write(gauge, labels.map { ($0, 1.5) })
        let text = String(decoding: exposition.finish(), as: UTF8.self)
        #expect(text.contains(#"ember_bytes{model="other"} 6"#) && text.contains(#"ember_bytes{model="m9"} 1.5"#))
        #expect(text.split(separator: "\n").count == 2 + 257)
    }

    @Test func additionsOfManyThreadsAreAllCounted() async {
        let registry = MetricRegistry([Self.loads, Self.money, Self.seconds])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        registry.counter(Self.loads, "a", "edge").increment()
                        registry.amount(Self.money).increment(by: 0.5)
                        registry.histogram(Self.seconds, "a").record(0.75)
                    }
                }
            }
        }
        let text = text(registry)
        #expect(text.contains(#"ember_loads_total{model="a",place="edge"} 8000"#))
        #expect(text.contains("ember_money_total 4000"))
        #expect(text.contains(#"ember_seconds_bucket{model="a",le="1.0"} 8000"#))
        #expect(text.contains(#"ember_seconds_sum{model="a"} 6000"#))
    }

    @Test(arguments: [
        ("", ExpositionFormat.prometheus), ("*/*", .prometheus), ("text/plain", .prometheus),
        ("application/openmetrics-text", .openMetrics),
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
        ),
        ("application/openmetrics-text; version=1.0.0; q=0.2, text/plain;q=0.9", .prometheus),
        ("application/openmetrics-text;version=2.0.0, text/plain", .prometheus),
        ("APPLICATION/OPENMETRICS-TEXT ; charset=utf-8", .openMetrics),
    ])
    func theAcceptHeaderChoosesTheFormat(accept: String, format: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == format)
    }
}
