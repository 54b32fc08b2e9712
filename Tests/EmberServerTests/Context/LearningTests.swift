import EmberContext
import EmberCore
import EmberStore
import HTTPTypes
import Hummingbird
import Testing

@testable import EmberServer

/// Which answers become demonstrations of a service that learns.
@Suite struct LearningTests {
    private let whole = #"{"choices":[{"message":{"content":"yes"},"finish_reason":"stop"}]}"#
    private let stream = """
        data: {"choices":[{"delta":{"content":"yes"}}]}

        data: {"choices":[{"delta":{},"finish_reason":"stop"}]}

        data: [DONE]


        """

    /// - Returns: the answers that were learnt, and the status that the client saw.
    private func learned(
        _ body: String = #"{"model":"m","messages":[{"role":"user","content":"Is it?"}]}"#, inCloud: Bool = false,
        from origins: Set<Origin> = [.edge, .cloud], by path: String = "/v1/chat/completions",
        _ answer: @escaping EngineServer.Answer
    ) async throws -> (results: [String], status: HTTPResponse.Status) {
        let files = try TestFiles()
        let store = try await ContextStore.open(folder: files.path, surroundings: .system, report: { _ in })
        return try await EngineServer.serve(answer) { engine in
            var context = ServiceContext()
            (context.source, context.selection, context.learnsFrom) = (.learn, .recent, origins)
            let model = inCloud ? cloudModel("m", .at(engine.url + "/v1")) : edgeModel("m", parallel: 4)
            let station = try Station([model], contexts: [context], engineURL: engine.url)
            let keeper = try ContextKeeper(
                coordinator: station.coordinator, store: .success(store), tenants: [""], stateFolder: files.path,
                stateBytes: 1 << 20, embeddingModel: nil, slotWaitSeconds: 1, connector: .sockets, logger: quietLogger)
            let status = try await serve(station, .live, keeper: keeper) { client in
                try await client.post(path, body).status
            }
            #expect(await eventually { await station.isIdle() })
            try await store.flush()
            let scope = DemonstrationScope(tenant: "", service: "default")
            let results = try await store.newest(10, of: scope).map(\.content.result)
            #expect(keeper.view.counters.demonstrations.learned == results.count)
            await keeper.close()
            return (results, status)
        }
    }

    @Test(arguments: [false, true]) func aGoodAnswerIsLearnt(inCloud: Bool) async throws {
        let answer = whole
        let (results, status) = try await learned(inCloud: inCloud) { _ in .json(answer) }
        #expect(results == ["yes"] && status == .ok)
    }

    /// An engine answers them as a chat, an upstream in Anthropic's form.
    @Test(arguments: [false, true], [false, true])
    func answersToMessagesAreLearnt(inCloud: Bool, isStreaming: Bool) async throws {
        let message = #"{"content":[{"type":"text","text":"yes"}],"stop_reason":"end_turn"}"#
        let events = """
            event: content_block_delta
            data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"yes"}}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}

            event: message_stop
            data: {"type":"message_stop"}


            """
        let (good, streamed) = inCloud ? (message, events) : (whole, stream)
        let body =
            #"{"model":"m","max_tokens":9,"stream":\#(isStreaming),"messages":[{"role":"user","content":"Is it?"}]}"#
        let (results, status) = try await learned(body, inCloud: inCloud, by: "/v1/messages") { _ in
            guard isStreaming else { return .json(good) }
            return .pieces("text/event-stream") { try await $0.write(streamed) }
        }
        #expect(results == ["yes"] && status == .ok)
    }

    /// Whatever stands in it: what failed is no example.
    @Test(arguments: [400, 404, 422, 429, 500, 503], [false, true])
    func anAnswerThatFailedIsNot(status code: Int, inCloud: Bool) async throws {
        let answer = whole
        let (results, status) = try await learned(inCloud: inCloud) { _ in .json(answer, status: .init(code: code)) }
        #expect(results == [] && status.code >= 400)
    }

    @Test(arguments: [false, true]) func aStreamIsLearntOnceItHasEndedWell(isWhole: Bool) async throws {
        let body = #"{"model":"m","stream":true,"messages":[{"role":"user","content":"Is it?"}]}"#
        let text = isWhole ? stream : String(stream.prefix(48) + "\n\n")
        let (results, status) = try await learned(body) { _ in
            .pieces("text/event-stream") { writer in try await writer.write(text) }
        }
        #expect(results == (isWhole ? ["yes"] : []) && status == .ok)
    }

    @Test func onlyWhatTheServiceLearnsFrom() async throws {
        let answer = whole
        for (origins, inCloud, isLearnt) in [
            (Set([Origin.edge]), false, true), ([.edge], true, false), ([.cloud], true, true), ([.cloud], false, false),
        ] {
            let (results, _) = try await learned(inCloud: inCloud, from: origins) { _ in .json(answer) }
            #expect(results == (isLearnt ? ["yes"] : []), "\(origins), in the cloud: \(inCloud)")
        }
    }

    /// Several answers, conversations and cut answers are none of a question by itself.
    @Test(arguments: [
        #"{"model":"m","n":2,"messages":[{"role":"user","content":"Is it?"}]}"#,
        #"{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},"#
            + #"{"role":"user","content":"c"}]}"#,
    ])
    func whatIsNoQuestionByItselfIsNot(_ body: String) async throws {
        let answer = whole
        #expect(try await learned(body) { _ in .json(answer) }.results == [])
    }
}
