import EmberCore
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

@Suite struct ModelRoutesTests {
    private struct List: Decodable {
        var object: String
        var data: [Entry]
    }

    private struct Entry: Decodable {
        var id: String
        var object: String
        var created: Int
        var ownedBy: String
        var status: Status
        var aliases: [String]
        var aliasOf: String?
        var displayName: String
        struct Status: Decodable { var value: String }
    }

    private func decode<Value: Decodable>(_: Value.Type, _ response: TestResponse) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: Data(buffer: response.body))
    }

    private func station() throws -> Station {
        try Station([
            edgeModel("a", aliases: ["gpt-4o"]), edgeModel("org/b:1.0"),
            cloudModel("far", .at("http://127.0.0.1:1/v1")),
        ])
    }

    @Test func listsAllModelsAndWakesNone() async throws {
        let station = try station()
        try await serve(station) { client in
            let list = try decode(List.self, try await client.get("/v1/models"))
            #expect(list.object == "list")
            #expect(list.data.map(\.id) == ["a", "gpt-4o", "org/b:1.0", "far"])
            #expect(list.data.map(\.object) == ["model", "model", "model", "model"])
            #expect(list.data.map(\.ownedBy) == ["ember", "ember", "ember", "sky"])
            #expect(list.data.map(\.status.value) == ["unloaded", "unloaded", "unloaded", "remote"])
            #expect(list.data.map(\.aliases) == [["gpt-4o"], [], [], []])
            #expect(list.data.map(\.created).allSatisfy { $0 > 1_600_000_000 })
        }
        #expect(station.starter.attempts == [])
    }

    @Test func statusFollowsTheModelsLife() async throws {
        let station = try station()
        try await serve(station) { client async throws in
            func status() async throws -> String {
                try decode(Entry.self, try await client.get("/v1/models/a")).status.value
            }
            let gate = station.starter.holdNextStart(of: "a")
            await station.coordinator.load(station.id("a"))
            #expect(try await status() == "loading")
            gate.open()
            #expect(await station.becomes(.loaded, "a"))
            #expect(try await status() == "loaded")
            station.starter.engines[0].die()
            #expect(await station.becomes(.unloaded, "a"))
            #expect(try await status() == "unloaded")
        }
    }

    @Test(arguments: ["org/b:1.0", "org%2Fb:1.0", "org%2Fb%3A1.0"])
    func findsANameWithASlash(_ name: String) async throws {
        try await serve(try station()) { client in
            let response = try await client.get("/v1/models/\(name)")
            #expect(response.status == .ok)
            #expect(try decode(Entry.self, response).id == "org/b:1.0")
        }
    }

    @Test func findsAModelByItsAlias() async throws {
        try await serve(try station()) { client async throws in
            let entry = try decode(Entry.self, try await client.get("/v1/models/gpt-4o"))
            #expect(entry.id == "gpt-4o" && entry.aliasOf == "a" && entry.displayName == "gpt-4o")
        }
    }

    @Test(arguments: ["nothing", "org", "org/b", "a/b", "..%2Fb"])
    func tellsThatAModelIsUnknown(_ name: String) async throws {
        try await serve(try station()) { client in
            let response = try await client.get("/v1/models/\(name)")
            #expect(response.status == .notFound)
            #expect(try response.error().code == "model_not_found")
        }
    }
}

@Suite struct OperatorRoutesTests {
    @Test func stateDecodesAsItsView() async throws {
        try await EngineServer.serve({ _ in .json(#"{"usage":{"total_tokens":4}}"#) }) { engine in
            let station = try Station([edgeModel("a"), edgeModel("b")], engineURL: engine.url)
            try await serve(station) { client in
                #expect(try await client.chat(#"{"model":"a"}"#).status == .ok)
                #expect(try await client.chat(#"{"model":"b"}"#).status == .ok)
                let response = try await client.get("/ember/v1/state")
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                let state = try decoder.decode(StateView.self, from: Data(buffer: response.body))
                #expect(state.models.map(\.name) == ["a", "b"])
                #expect(state.models.map(\.status) == [.unloaded, .loaded])
                #expect(state.memory.budgetBytes == 100)
                #expect(state.memory.occupiedBytes == 60)
                #expect(state.cost.edgeRequests == 2)
                #expect(state.cost.loads == 2)
                #expect(state.cost.evictions == 1)
                #expect(state.decisions.first?.newcomer == "b")
                #expect(state.decisions.last?.newcomer == "a")
                #expect(state.decisions.first?.victims == ["a"])
                #expect(response.text.contains(#""footprint_bytes":60"#))
            }
        }
    }

    /// Scores and claims may be infinite, which JSON cannot say.
    @Test(arguments: PolicyCatalog.names)
    func stateCanBeToldUnderEveryPolicy(_ policy: String) async throws {
        try await EngineServer.serve({ _ in .json("{}") }) { engine in
            let station = try Station(
                [edgeModel("a", bytes: 40), edgeModel("b", bytes: 40), edgeModel("c", bytes: 50)], policy: policy,
                engineURL: engine.url)
            try await serve(station) { client async throws in
                for model in ["a", "b", "c"] {
                    #expect(try await client.chat(#"{"model":"\#(model)"}"#).status == .ok)
                }
                #expect(try await client.get("/ember/v1/state").status == .ok)
            }
        }
    }

    @Test func loadsAndUnloads() async throws {
        let station = try Station([edgeModel("m")])
        try await serve(station) { client in
            let load = try await client.post("/ember/v1/models/load", #"{"model":"m"}"#)
            #expect(load.status == .accepted)
            #expect(try load.object()["status"] as? String == "loading")
            #expect(await station.becomes(.loaded, "m"))
            let unload = try await client.post("/ember/v1/models/unload", #"{"model":"m"}"#)
            #expect(unload.status == .accepted)
            #expect(try unload.object()["status"] as? String == "unloading")
            #expect(await station.becomes(.unloaded, "m"))
            #expect(try await client.post("/ember/v1/models/unload", #"{"model":"m"}"#).status == .ok)
        }
    }

    @Test func waitsForWhatItIsToldTo() async throws {
        let station = try Station([edgeModel("m"), edgeModel("large", bytes: 101)])
        try await serve(station) { client in
            for deed in ["load", "load", "unload", "unload"] {
                let response = try await client.post("/ember/v1/models/\(deed)?wait=true", #"{"model":"m"}"#)
                #expect(response.status == .ok)
                #expect(try response.object()["status"] as? String == "\(deed)ed")
            }
            station.starter.setFailing(true, "m")
            let failed = try await client.post("/ember/v1/models/load?wait=true&timeout=60", #"{"model":"m"}"#)
            #expect(failed.status == .badGateway)
            #expect(try failed.error().code == "load_failed")
            #expect(try failed.error().message.contains("made to fail"))
            for query in ["", "?wait=true"] {
                let refused = try await client.post("/ember/v1/models/load\(query)", #"{"model":"large"}"#)
                #expect(refused.status == .serviceUnavailable)
                #expect(try refused.error().code == "model_does_not_fit")
            }
        }
    }

    @Test(arguments: [
        ("?wait=soon", "wait"), ("?timeout=3", "timeout"), ("?wait=true&timeout=0", "timeout"),
        ("?wait=true&timeout=nan", "timeout"), ("?wait=true&timeout=1e9", "timeout"),
    ])
    func namesABadWish(query: String, parameter: String) async throws {
        let station = try Station([edgeModel("m")])
        try await serve(station) { client in
            let response = try await client.post("/ember/v1/models/load\(query)", #"{"model":"m"}"#)
            #expect(response.status == .badRequest)
            #expect(try response.error().param == parameter)
            #expect(station.starter.attempts == [])
        }
    }

    @Test(arguments: ["load", "unload"])
    func refusesWhatItCannotDo(_ deed: String) async throws {
        let station = try Station([edgeModel("m"), cloudModel("far", .at("http://127.0.0.1:1/v1"))])
        try await serve(station) { client in
            for (body, status) in [
                (#"{"model":"gone"}"#, 404), (#"{"model":"far"}"#, 404), ("{}", 400), ("m", 400), ("", 400),
                (#"{"model":1}"#, 400),
            ] {
                let response = try await client.post("/ember/v1/models/\(deed)", body)
                #expect(response.status.code == status, "\(body)")
                #expect(try response.error().param == "model")
            }
        }
        #expect(station.starter.attempts == [])
    }
}
