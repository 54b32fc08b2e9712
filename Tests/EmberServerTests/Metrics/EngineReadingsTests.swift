import EmberCore
import EmberEngine
import EmberMetrics
import Hummingbird
import Testing

@testable import EmberServer

/// What engines count themselves, read in the background.
@Suite struct EngineReadingsTests {
    private static let text = """
        # HELP llamacpp:prompt_tokens_total Number of prompt tokens processed.
        # TYPE llamacpp:prompt_tokens_total counter
        llamacpp:prompt_tokens_total 1157
        # HELP llamacpp:n_tokens_max Largest observed n_tokens.
        # TYPE llamacpp:n_tokens_max counter
        llamacpp:n_tokens_max 1278
        # TYPE llamacpp:predicted_tokens_seconds gauge
        llamacpp:predicted_tokens_seconds 21.5
        llamacpp:broken
        llamacpp:bad{label="x"} 3
        llamacpp:odd NaN
        llamacpp:prompt_tokens_total 5
        """

    @Test func linesWithANameAndAFigureAreRead() {
        let samples = EngineText(Self.text).samples
        #expect(samples.map(\.name) == ["prompt_tokens_total", "n_tokens_max", "predicted_tokens_seconds"])
        #expect(samples.map(\.value) == [1157, 1278, 21.5])
        // A counter without the suffix that a counter must have is shown as a figure.
        #expect(samples.map(\.isCounter) == [true, false, false])
        #expect(samples[0].original == "llamacpp:prompt_tokens_total")
    }

    @Test func noMoreSeriesAreKeptThanTheBound() {
        let lines = (0..<500).map { "name\($0) \($0)" }.joined(separator: "\n")
        #expect(EngineText(lines).samples.count == EngineText.most)
    }

    /// An engine is asked only once it has worked, and then not again before it has worked again.
    @Test func onlyEnginesThatHaveWorkedAreAsked() async throws {
        try await EngineServer.serve({ _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain"], body: .init(byteBuffer: .init(string: Self.text)))
        }) { engine in
            var model = edgeModel("m")
            model.engine = EngineSpec(
                name: "m", launch: .llamaServer(LlamaServerOptions(program: "none", modelPath: "none")))
            let station = try Station([model], engineURL: engine.url)
            let readings = EngineReadings(station.coordinator.time, .sockets)
            await readings.read(station.coordinator)
            #expect(engine.received.isEmpty)
            for number in 1...2 {
                let (ticket, _) = await station.run("m")
                await station.coordinator.finish(ticket, tokens: 3)
                for _ in 0..<3 { await readings.read(station.coordinator) }
                #expect(engine.received.map(\.path) == Array(repeating: "/metrics", count: number))
            }
            #expect(try text(of: readings, station).contains(#"ember_engine_prompt_tokens_total{model="m"} 1157"#))
            await station.coordinator.handle(.unloadRequested(InstanceID(0)))
            #expect(await station.becomes(.unloaded, "m"))
            await readings.read(station.coordinator)
            #expect(try !text(of: readings, station).contains("prompt_tokens_total"))
        }
    }

    private func text(of readings: EngineReadings, _ station: Station) throws -> String {
        var exposition = Exposition(.prometheus)
        readings.write(try #require(station.coordinator.meters).registry, to: &exposition)
        return String(decoding: exposition.finish(), as: UTF8.self)
    }
}
