import EmberCore
import Testing

@testable import EmberServer

/// Where texts lie, and what is left of a question that comes to nothing.
@Suite struct EmbedderTests {
    private static let vectors = #"{"data":[{"index":1,"embedding":[0,1]},{"index":0,"embedding":[1,0]}]}"#

    private func embedder(_ station: Station) -> Embedder {
        Embedder(coordinator: station.coordinator, model: station.id("e"), talk: EngineTalk())
    }

    @Test func textsAreAskedForOnce() async throws {
        try await EngineServer.serve({ _ in .json(Self.vectors) }) { engine in
            let station = try Station([edgeModel("e")], engineURL: engine.url)
            let embedder = embedder(station)
            for _ in 0..<2 {
                let found = await embedder.embeddings(of: ["a", "b"], tenant: "t", within: patienceSeconds)
                #expect(found?.map(\.vector) == [[1, 0], [0, 1]])
            }
            #expect(engine.received.map(\.text) == [#"{"model":"e","input":["a","b"]}"#])
            #expect(await station.isIdle() && station.audit.violations == [])
        }
    }

    /// The model is not there soon: the question does not wait on.
    @Test func aQuestionThatComesTooLateIsWithdrawn() async throws {
        let station = try Station([edgeModel("e")])
        let gate = station.starter.holdNextStart(of: "e")
        #expect(await embedder(station).embeddings(of: ["a"], tenant: "t", within: 0.05) == nil)
        #expect(await station.isIdle(), "its request still waits")
        #expect(station.audit.arrivals == 1 && station.audit.endings == 1)
        gate.open()
        #expect(await station.becomes(.loaded, "e"))
        #expect(await station.isIdle() && station.audit.violations == [])
    }

    @Test func aQuestionThatEnginesHaveDiedOfIsNotAsked() async throws {
        try await EngineServer.serve({ _ in .json(Self.vectors) }) { engine in
            let station = try Station([edgeModel("e")], engineURL: engine.url)
            for _ in 0..<2 {
                station.coordinator.fatal.noteDeath(
                    of: ["a"].hashValue, on: InstanceID(0), engine: FakeEngine(model: "e", baseURL: ""))
            }
            #expect(await embedder(station).embedding(of: "a", tenant: "t") == nil)
            #expect(engine.received.isEmpty)
            #expect(await station.isIdle() && station.audit.violations == [])
        }
    }

    @Test(arguments: ["{}", #"{"data":[]}"#]) func anAnswerThatIsNoneLeavesNothingBehind(_ answer: String) async throws
    {
        try await EngineServer.serve({ _ in .json(answer) }) { engine in
            let station = try Station([edgeModel("e")], engineURL: engine.url)
            #expect(await embedder(station).embedding(of: "a", tenant: "t") == nil)
            #expect(await station.isIdle() && station.audit.violations == [])
        }
    }
}
