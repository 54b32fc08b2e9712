import AsyncHTTPClient
import EmberCore
import EmberNetwork
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import EmberServer

/// Runs `test` against Ember's HTTP side over the station.
func serve<Value: Sendable>(
    _ station: Station, _ setup: TestingSetup = .router, keeper: ContextKeeper? = nil,
    outputs: EngineOutputs = EngineOutputs(), client: NetworkClients = UpstreamClient.makeClients(),
    settings change: (inout ServerSettings) -> Void = { _ in },
    _ test: @Sendable (any TestClientProtocol) async throws -> Value
) async throws -> Value {
    var settings = ServerSettings(address: .hostname("127.0.0.1", port: 0), bodies: testBodies())
    // However busy the machine is, an answer comes before the first comment.
    settings.pingSeconds = patienceSeconds
    change(&settings)
    let service = EmberService(
        coordinator: station.coordinator, keeper: keeper, settings: settings, client: client, connector: .sockets,
        outputs: outputs, logger: quietLogger)
    do {
        let value = try await service.application().test(setup, test)
        try await client.shutdown()
        return value
    } catch {
        try await client.shutdown()
        throw error
    }
}

/// One model "m" run by an engine that answers by `answer`, behind Ember's HTTP side.
func serveOneModel(
    _ setup: TestingSetup = .router, parallel: Int = 4, settings change: (inout ServerSettings) -> Void = { _ in },
    answer: @escaping EngineServer.Answer,
    _ test: @Sendable (any TestClientProtocol, EngineServer, Station) async throws -> Void
) async throws {
    try await EngineServer.serve(answer) { engine in
        let station = try Station([edgeModel("m", parallel: parallel)], engineURL: engine.url)
        try await serve(station, setup, settings: change) { client in try await test(client, engine, station) }
        #expect(await eventually { await station.isIdle() })
        #expect(station.audit.violations == [])
    }
}

extension TestClientProtocol {
    func get(_ uri: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await executeRequest(uri: uri, method: .get, headers: headers, body: nil)
    }

    func post(_ uri: String, _ body: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await executeRequest(uri: uri, method: .post, headers: headers, body: ByteBuffer(string: body))
    }

    func chat(_ body: String = #"{"model":"m"}"#, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await post("/v1/chat/completions", body, headers: headers)
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    func header(_ name: String) -> String? { headers[HTTPField.Name(name)!] }

    /// The body as a JSON object.
    func object() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(buffer: body)) as? [String: Any], "\(text)")
    }

    /// The error in the shape that OpenAI's clients expect.
    func error() throws -> APIErrorBody {
        try JSONDecoder().decode(Enclosing.self, from: Data(buffer: body)).error
    }

    private struct Enclosing: Decodable { var error: APIErrorBody }
}

struct APIErrorBody: Decodable {
    var message: String
    var type: String
    var param: String?
    var code: String?
}
