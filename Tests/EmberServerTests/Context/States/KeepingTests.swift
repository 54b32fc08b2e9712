import EmberConfig
import EmberContext
import EmberCore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import EmberServer

/// Whose conversations are saved, and for how long; and how a client deletes them.
@Suite struct KeepingTests {
    /// Runs `test` with a model "m" whose slots Ember gives out, and a service whose states stay an hour.
    private func serve(
        _ test: @Sendable (any TestClientProtocol, ContextKeeper, Station) async throws -> Void
    ) async throws {
        let files = try TestFiles()
        let answer = #"{"choices":[{"message":{"content":"yes"},"finish_reason":"stop"}]}"#
        try await EngineServer.serve({ request in
            .json(request.path.contains("erase") ? #"{"n_erased":1}"# : answer)
        }) { engine in
            var context = ServiceContext()
            context.keep = StateKeep(seconds: 3600)
            var model = edgeModel("m", parallel: 2)
            model.slots = SlotLayout(count: 2, windowTokens: 4096, identity: StateStation.fit)
            let station = try Station([model], contexts: [context], engineURL: engine.url)
            let keeper = try ContextKeeper(
                coordinator: station.coordinator, store: nil, tenants: [""], stateFolder: files.path + "/kv",
                stateBytes: 1 << 20, embeddingModel: nil, slotWaitSeconds: 1, connector: .sockets, logger: quietLogger)
            await keeper.start()
            try await EmberServerTests.serve(station, .live, keeper: keeper) { client in
                try await test(client, keeper, station)
            }
            #expect(await eventually { await station.isIdle() })
            await keeper.close()
        }
    }

    private func plan(
        _ keeper: ContextKeeper, _ station: Station, _ members: String = "", key: StateKeep = .unlimited,
        header: String? = nil
    ) async throws -> ContextPlan {
        let body = #"{"model":"m","messages":[{"role":"user","content":"a"}]\#(members)}"#
        let request = Request(
            head: HTTPRequest(
                method: .post, scheme: "http", authority: "localhost", path: "/v1/chat/completions",
                headerFields: header.map { [HTTPField.Name("x-ember-keep")!: $0] } ?? [:]),
            body: RequestBody(buffer: ByteBuffer(string: body)))
        var identity = Identity.anonymous
        (identity.name, identity.keep) = ("k", key)
        let call = try await InferenceCall(
            request, .chat, identity: identity, deployment: station.coordinator.deployment, bodies: testBodies(),
            maxBodyBytes: 1 << 20)
        return try #require(await keeper.plan(call, request: "r", identity, try ContextChoice(request.headers)))
    }

    /// In seconds.
    private func keep(
        _ keeper: ContextKeeper, _ station: Station, _ members: String = "", key: StateKeep = .unlimited,
        header: String? = nil
    ) async throws -> Double {
        let plan = try await plan(keeper, station, members, key: key, header: header)
        #expect(plan.keeps == (plan.asker.terms.keep.seconds > 0) && plan.asker.terms.key == "k")
        #expect(plan.wish(.init()).prompt.terms == plan.asker.terms)
        return plan.asker.terms.keep.seconds
    }

    @Test func theShortestTimeCountsAndAnyNoDoes() async throws {
        try await serve { _, keeper, station in
            let usual = try await keep(keeper, station)
            #expect(usual == 3600)
            #expect(try await keep(keeper, station, key: StateKeep(seconds: 60)) == 60)
            #expect(try await keep(keeper, station, key: StateKeep(seconds: 7200)) == 3600)
            #expect(try await keep(keeper, station, key: .none) == 0)
            #expect(try await keep(keeper, station, header: "no") == 0)
            #expect(try await keep(keeper, station, header: "No") == 0)
            #expect(try await keep(keeper, station, key: .none, header: "yes") == 0)
            #expect(try await keep(keeper, station, #","store":false"#) == 0)
            #expect(try await keep(keeper, station, #","store":false"#, header: "yes") == 0)
            #expect(try await keep(keeper, station, #","store":true"#) == 3600)
        }
    }

    @Test func aHeaderThatCannotBeUnderstoodIsRefused() async throws {
        try await serve { client, _, _ in
            let answer = try await client.chat(
                #"{"model":"m","messages":[{"role":"user","content":"a"}]}"#,
                headers: [HTTPField.Name("x-ember-keep")!: "perhaps"])
            #expect(answer.status == .badRequest)
            #expect(try answer.error().param == "x-ember-keep" && answer.error().message.contains("'perhaps'"))
        }
    }

    private func delete(_ client: any TestClientProtocol, _ path: String) async throws -> TestResponse {
        try await client.executeRequest(
            uri: "/ember/v1/conversations" + path, method: .delete, headers: [:], body: nil)
    }

    @Test func aConversationIsListedAndDeletedByItsDigest() async throws {
        try await serve { client, keeper, _ in
            let body = #"{"model":"m","messages":[{"role":"user","content":"a"}]}"#
            #expect(try await client.chat(body).status == .ok)
            #expect(await eventually { await keeper.conversations(of: "").conversations.first?.running == false })
            let listed = await keeper.conversations(of: "")
            let id = try #require(listed.conversations.first?.id)
            #expect(listed.conversations.count == 1 && listed.states.isEmpty)
            let other = String(repeating: "0", count: 32)
            for (path, slots) in [("/" + other, 0), ("?service=other", 0), ("?key=other", 0), ("/" + id, 1), ("", 0)] {
                let answer = try await delete(client, path)
                #expect(try answer.status == .ok && answer.object()["slots"] as? Int == slots, "\(path)")
            }
            #expect(await keeper.conversations(of: "").conversations.isEmpty)
        }
    }

    /// A word that is misspelt must not delete everything.
    @Test(arguments: ["?servce=default", "?service=", "?service=default&tenant=x", "/7", "/xyz"])
    func aWishThatCannotBeUnderstoodDeletesNothing(_ path: String) async throws {
        try await serve { client, keeper, _ in
            let body = #"{"model":"m","messages":[{"role":"user","content":"a"}]}"#
            #expect(try await client.chat(body).status == .ok)
            #expect(await eventually { await keeper.conversations(of: "").conversations.first?.running == false })
            let answer = try await delete(client, path)
            #expect(answer.status == .badRequest, "\(path): \(answer.text)")
            #expect(await keeper.conversations(of: "").conversations.count == 1)
        }
    }
}
