import EmberCore
import EmberStore
import Testing

@testable import EmberServer

/// Where texts lie, and what is left of a question that comes to nothing.
@Suite struct EmbedderTests {
    private static let vectors = #"{"data":[{"index":1,"embedding":[0,1]},{"index":0,"embedding":[1,0]}]}"#

    /// Demonstrations that came while no vector could be made get theirs in batches, until all have one.
    @Test(arguments: [1, 16, 40]) func allDemonstrationsGetTheirVectors(count: Int) async throws {
        let answer: EngineServer.Answer = { request in
            let texts = request.text.components(separatedBy: "?\"").count - 1
            let items = (0..<texts).map { "{\"index\":\($0),\"embedding\":[1,\($0)]}" }
            return .json("{\"data\":[\(items.joined(separator: ","))]}")
        }
        try await EngineServer.serve(answer) { engine in
            let files = try TestFiles()
            let store = try await ContextStore.open(folder: files.path, surroundings: .system, report: { _ in })
            let station = try Station([edgeModel("e")], engineURL: engine.url)
            let scope = DemonstrationScope(tenant: "t", service: "s")
            for number in 0..<count {
                let content = DemonstrationContent(
                    service: "s", model: nil, prompt: "Is it \(number)?", result: "yes", origin: .edge, time: 1,
                    request: "r\(number)")
                _ = try await store.add(content, tenant: "t")
            }
            let backlog = EmbeddingBacklog(store, embedder(station), logger: quietLogger, time: .system)
            #expect(try await backlog.embedded(scope) == 0)
            let done = Gate()
            backlog.work(tenant: "t", service: "s") { done.open() }
            #expect(await done.wait())
            #expect(try await backlog.embedded(scope) == count)
            #expect(engine.received.count == (count + 15) / 16)
            #expect(await eventually { await station.isIdle() })
            try await store.close()
        }
    }

    private func embedder(_ station: Station) -> Embedder {
        Embedder(coordinator: station.coordinator, model: "e", talk: EngineTalk(.system, .sockets))
    }

    @Test func textsAreAskedForOnce() async throws {
        try await EngineServer.serve({ _ in .json(Self.vectors) }) { engine in
            let station = try Station([edgeModel("e")], engineURL: engine.url)
            let embedder = embedder(station)
            for _ in 0..<2 {
                let found = await embedder.embeddings(of: ["a", "b"], tenant: "t", within: patienceSeconds)
                #expect(found?.map(\.vector) == [[1, 0], [0, 1]])
            }
            #expect(engine.received.count == 1)
            let asked = try #require(engine.received.first?.text)
            #expect(asked.contains(#""input":["a","b"]"#) && asked.contains(#""model":"e""#))
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
