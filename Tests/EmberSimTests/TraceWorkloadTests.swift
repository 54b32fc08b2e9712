import EmberCore
import Foundation
import Testing

@testable import EmberSim

@Suite struct TraceWorkloadTests {
    private let files: TraceFiles
    init() throws { files = try TraceFiles() }

    private func scenario(
        _ workload: String, slots: Int = 4, models: Int = 3
    ) throws(ScenarioError) -> Scenario {
        let models = (0..<models).map { "m\($0): {memory: 10}" }.joined(separator: ", ")
        return try ScenarioReader.read(
            text: """
                slots: \(slots)
                memory: {budget: 100}
                services: {s: {}, t: {}}
                models: {\(models)}
                workload: {kind: trace, \(workload)}
                """, source: "my.yaml", name: "my", folder: files.folder)
    }

    private func requests(_ scenario: Scenario, seed: UInt64 = 1) -> Workload {
        scenario.workload.workload(pairs: scenario.catalogue.pairCount, slots: scenario.slots, seed: seed)
    }

    private func messages(_ workload: String) -> [String] {
        do throws(ScenarioError) {
            _ = try scenario(workload)
            return []
        } catch {
            return error.issues.map(\.description)
        }
    }

    /// Ten seconds a slot: two requests in the first, none in the second, one in the third; then round again.
    @Test func namedPairsAreThoseOfTheTrace() throws {
        try files.write("t.csv", plainHeader + "0,s,m1,1,1\n9.9,s,m1,1,1\n20,t,m2,1,1\n")
        let scenario = try scenario("format: csv, files: t.csv, slot_seconds: 10, pairs: named, start: 0")
        let first = Batch(pair: PairID(1), count: 2)
        #expect(requests(scenario).slots == [[first], [], [Batch(pair: PairID(5), count: 1)], [first]])
        let later = try self.scenario("format: csv, files: t.csv, slot_seconds: 10, pairs: named, start: 20s")
        #expect(requests(later).slots == [[Batch(pair: PairID(5), count: 1)], [first], [], requests(later).slots[0]])
    }

    /// Windows of 10 and 20 make three classes of each service's requests.
    @Test func windowsTellRequestsApart() throws {
        let tokens = [5, 10, 11, 20, 21, 999]
        try files.write("t.csv", plainHeader + tokens.map { "0,x,,\($0),1\n" }.joined() + "0,y,,5,1\n")
        let scenario = try scenario("format: csv, files: t.csv, windows: [10, 20]", slots: 1)
        for seed in 1...20 {
            #expect(requests(scenario, seed: UInt64(seed)).slots[0].map(\.count).sorted() == [1, 2, 2, 2])
        }
    }

    /// Every pair gets every stream by some seed, every slot is the first by some seed, and a seed says which.
    @Test func theSeedDrawsPairsAndBeginning() throws {
        try files.write("t.csv", plainHeader + (0..<5).map { "\($0 * 60),x,,\($0),1\n" }.joined())
        let scenario = try scenario("format: csv, files: t.csv, windows: [1, 2, 3]")
        let runs = (1...200).map { requests(scenario, seed: $0).slots }
        #expect(runs == (1...200).map { requests(scenario, seed: $0).slots })
        #expect(Set(runs.map { $0[0] }).count == 6)
        #expect(Set(runs).count > 100)
    }

    /// A hundred requests a slot, scaled to 25 and to 250: within five standard errors of binomial numbers.
    @Test(arguments: [(25.0, 25 * 0.75), (250.0, 100 * 0.25)])
    func recordedRequestsAreScaled(mean: Double, variance: Double) throws {
        let lines = (0..<10_000).map { "\(Double($0) * 0.6),x,,1,1\n" }
        try files.write("t.csv.gz", plainHeader + lines.joined())
        let scenario = try scenario("format: csv, files: t.csv.gz, requests: \(mean)", slots: 100)
        let total = Double(requests(scenario).requests)
        #expect(abs(total - mean * 100) < 5 * (variance * 100).squareRoot())
        let whole = try self.scenario("format: csv, files: t.csv.gz, requests: 300", slots: 100)
        #expect(requests(whole).requests == 30_000)
    }

    /// Rates of 1 and 3 requests a second, a window a slot; the third client is less busy and left out.
    @Test func ratesAreDrawnForTheBusiestClients() throws {
        let windows = (0..<50).flatMap { slot in
            [("a", slot * 600, 1.0, 1.0), ("b", slot * 600, 3.0, 0.5), ("c", slot * 600, 0.9, 1.0)]
        }
        try files.write("r.csv", servegen(windows))
        let scenario = try scenario("format: servegen, files: r.csv, clients: 2, slot_seconds: 600", slots: 50)
        let counts = requests(scenario).slots.flatMap { $0.map(\.count) }.sorted()
        #expect(counts.count == 100)
        let (low, high) = (counts.prefix(50).reduce(0, +), counts.suffix(50).reduce(0, +))
        #expect(abs(Double(low) - 30_000) < 5 * 30_000.0.squareRoot())
        #expect(abs(Double(high) - 90_000) < 5 * 90_000.0.squareRoot())
        let scaled = try self.scenario(
            "format: servegen, files: r.csv, clients: 2, slot_seconds: 600, requests: 40", slots: 50)
        #expect(abs(Double(requests(scaled).requests) - 2000) < 5 * 2000.0.squareRoot())
    }

    /// A window is spread evenly over shorter slots, and collected in longer ones.
    @Test(arguments: [(150.0, [150.0, 150, 150, 150, 300, 300, 300, 300]), (1200.0, [1800.0])])
    func windowsAndSlotsNeedNotMatch(seconds: Double, means: [Double]) throws {
        try files.write("r.csv", servegen([("a", 0, 1, 1), ("a", 600, 2, 1)]))
        let scenario = try scenario("format: servegen, files: r.csv, slot_seconds: \(seconds), start: 0", slots: 1)
        guard case .trace(let trace) = scenario.workload else { return #expect(Bool(false)) }
        let found = trace.volumes.slots.map { $0.reduce(0) { $0 + $1.requests } }
        #expect(found.count == means.count)
        for (a, b) in zip(found, means) { #expect(abs(a - b) < 1e-9) }
    }

    @Test(arguments: [
        ("files: t.csv", "my.yaml:5:11: workload: has no format; write one such as format: azure"),
        ("format: csv", "my.yaml:5:11: workload: has no files"),
        ("format: csv, files: none.csv", "workload.files: \"none.csv\" is not there; looked for"),
        ("format: csv, files: azure-mooncake.csv", "it is made by 'ember trace convert'"),
        ("format: csv, files: t.csv, clients: 3", "workload.clients: means nothing to a trace of format csv"),
        ("format: servegen, files: r.csv, windows: [3]", "workload.windows: means nothing to a trace of format"),
        ("format: servegen, files: r.csv, pairs: named", "workload.pairs: \"named\" needs format: csv"),
        ("format: csv, files: t.csv, windows: [3, 3]", "workload.windows: is not in rising order"),
        ("format: csv, files: t.csv, start: noon", "workload.start: \"noon\" is not a duration; write drawn"),
        ("format: csv, files: [{file: t.csv, service: s}]", "workload.files[0].service: means nothing to format csv"),
        ("format: csv, files: [{service: s}]", "workload.files[0]: has no file"),
        ("format: csv, files: t.csv, pairs: named", "has requests of service \"x\", model \"\", which the scenario"),
        ("format: csv, files: t.csv, windows: [1, 2, 3, 4, 5, 6]", "has more streams than the scenario's 6"),
        ("format: csv, files: t.csv, slot_seconds: 0.001", "is longer than 1000000 slots of 0.001 s"),
        ("format: csv, files: empty.csv", "empty.csv: has no requests"),
        ("format: csv, files: t.csv, zipf: 1", "workload.zipf: means nothing to a trace workload"),
    ])
    func badTracesAreTold(workload: String, message: String) throws {
        try files.write("t.csv", plainHeader + (0..<8).map { "\($0 * 1000),x,,\($0),1\n" }.joined())
        try files.write("r.csv", servegen([("a", 0, 1, 1)]))
        try files.write("empty.csv", plainHeader)
        let messages = messages(workload)
        #expect(messages.contains { $0.contains(message) }, "\(messages)")
    }

    @Test func skippedLinesAreNoted() throws {
        try files.write("t.csv", plainHeader + "0,s,m1,1,1\nx\n")
        #expect(messages("format: csv, files: t.csv").count == 1)
        let scenario = try scenario("format: csv, files: t.csv, max_bad_lines: 1")
        #expect(scenario.notes.count == 1 && scenario.notes[0].contains("1 bad line skipped, of at most 1"))
    }
}

@Suite struct TraceConverterTests {
    private let files: TraceFiles
    init() throws { files = try TraceFiles() }

    private func lines(_ file: TraceFile, seed: UInt64 = 1, span: Range<Double> = 0..<(.infinity)) throws -> [String] {
        var converter = try TraceConverter([file], maxBadLines: 0, seed: seed, span: span)
        var lines: [String] = []
        while let line = try converter.nextLine() { lines.append(line) }
        return lines
    }

    @Test func convertsASpan() throws {
        let text = (0..<10).map { "{\"timestamp\": \($0 * 1000), \"input_length\": 1, \"output_length\": 2}\n" }
        let file = TraceFile(format: .mooncake, path: try files.write("m", text.joined()), service: "chat")
        #expect(try lines(file, span: 3..<5) == [plainHeader, "3,chat,,1,2\n", "4,chat,,1,2\n"])
        #expect(try lines(file).count == 11)
    }

    @Test func drawsRequestsFromRates() throws {
        let path = try files.write("r", servegen([("a", 0, 2, 1), ("a", 600, 2, 1), ("b", 0, 1, 1)]))
        let file = TraceFile(format: .servegen, path: path, service: nil)
        let lines = try lines(file)
        #expect(abs(Double(lines.count - 1) - 3000) < 5 * 3000.0.squareRoot())
        #expect(try lines == self.lines(file))
        #expect(try lines != self.lines(file, seed: 2))
        // What was written is a trace in the order of time.
        let copy = TraceFile(format: .csv, path: try files.write("c", lines.joined()), service: nil)
        let rows = try TraceSummary.read([copy], maxBadLines: 0).rows
        #expect(rows.map { $0[0] } == ["language/m-a/a", "language/m-b/b", "all"])
    }

    @Test func quantilesOfTokens() {
        var counts = QuantileCounts()
        for tokens in 1...1000 { counts.add(tokens) }
        #expect([0.5, 0.9, 0.99, 1].map(counts.quantile) == [500, 900, 990, 1000])
        counts.add(1_000_001)
        #expect(counts.quantile(1) <= 1_000_001 && counts.quantile(1) > 1_000_000 - 300)
        #expect(counts.largest == 1_000_001)
    }
}
