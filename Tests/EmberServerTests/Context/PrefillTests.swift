import EmberStore
import HummingbirdTesting
import Testing

@testable import EmberServer

/// What is computed ahead of the next request.
@Suite struct PrefillTests {
    private static let answer = #"{"choices":[{"message":{"content":"yes"},"finish_reason":"stop"}]}"#

    /// Runs `test` with a model "m" whose slots Ember gives out, and a service that is given demonstrations.
    private func serve(
        _ test: @Sendable (any TestClientProtocol, EngineServer, ContextKeeper, Station) async throws -> Void
    ) async throws {
        let files = try TestFiles()
        let store = try await ContextStore.open(folder: files.path, surroundings: .system, report: { _ in })
        let answer: EngineServer.Answer = { request in
            .json(request.path == "/tokenize" ? #"{"tokens":[1]}"# : Self.answer)
        }
        try await EngineServer.serve(answer) { engine in
            var context = ServiceContext()
            (context.source, context.selection) = (.given, .recent)
            var model = edgeModel("m", parallel: 2)
            model.slots = SlotLayout(count: 2, windowTokens: 4096, identity: "0123456789abcdef")
            let station = try Station([model], contexts: [context], engineURL: engine.url)
            let keeper = try ContextKeeper(
                coordinator: station.coordinator, store: .success(store), tenants: [""], stateFolder: files.path,
                stateBytes: 1 << 20, embeddingModel: nil, slotWaitSeconds: 1, connector: .sockets, logger: quietLogger)
            await keeper.start()
            try await EmberServerTests.serve(station, .live, keeper: keeper) { client in
                try await test(client, engine, keeper, station)
            }
            #expect(await eventually { await station.isIdle() })
            #expect(station.audit.violations == [])
            await keeper.close()
        }
    }

    /// What the last request of each tenant has found is what the model holds.
    @Test func thePlannerIsToldWhatTheModelHolds() async throws {
        try await serve { client, _, _, station in
            let body = #"{"model":"m","messages":[{"role":"user","content":"Is it?"}]}"#
            for (number, word) in ["first", "second"].enumerated() {
                try await teach(client, word)
                #expect(try await client.chat(body).status == .ok)
                let held = { @Sendable in await station.view(of: "m").contexts.first }
                #expect(await eventually { await held()?.heldExamples == Double(number + 1) })
                #expect(try #require(await held()).ageOfContext > 0)
            }
        }
    }

    private func teach(_ client: any TestClientProtocol, _ word: String) async throws {
        let line = #"{"prompt":"\#(word)?","result":"\#(word)!"}"#
        #expect(try await client.post("/ember/v1/services/default/demonstrations", line).status == .created)
    }

    @Test func aPrefixWhoseDemonstrationsHaveChangedIsComputedOnceTheModelIsIdle() async throws {
        try await serve { client, engine, keeper, _ in
            let prompts = { @Sendable in engine.received.filter { $0.path == "/v1/chat/completions" }.map(\.text) }
            try await teach(client, "first")
            let body = #"{"model":"m","messages":[{"role":"user","content":"Is it?"}]}"#
            #expect(try await client.chat(body).status == .ok)
            #expect(prompts().count == 1 && prompts()[0].contains("first!"))
            try await teach(client, "second")
            #expect(await eventually { prompts().count == 2 })
            let ahead = try #require(prompts().last)
            #expect(ahead.contains("first!") && ahead.contains("second!") && !ahead.contains("Is it?"))
            #expect(await eventually { keeper.view.counters.slots.prefills == 1 })
            // The next request begins with it, so there is nothing more to compute.
            #expect(try await client.chat(body).status == .ok)
            try await Task.sleep(for: .seconds(1))
            #expect(prompts().count == 3 && keeper.view.counters.slots.prefills == 1)
        }
    }
}
