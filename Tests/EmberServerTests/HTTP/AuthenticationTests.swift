import EmberCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

@Suite struct AuthenticationTests {
    private func withKeys(_ test: @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        let station = try Station([edgeModel("m")])
        let keys = [
            AccessKey(name: "eva", key: "eva-key", service: nil), AccessKey(name: "tom", key: "töm key", service: nil),
        ]
        try await serve(station, settings: { $0.keys = AccessKeys(keys) }, test)
    }

    private static let apiKey = HTTPField.Name("x-api-key")!

    @Test(
        arguments: [
            [.authorization: "Bearer eva-key"], [.authorization: "bearer eva-key"], [apiKey: "eva-key"],
            [apiKey: "töm key"], [.authorization: "Bearer eva-key", apiKey: "wrong"],
            [.authorization: "Basic x", apiKey: "eva-key"], [.authorization: "Bearer  eva-key"],
            [.authorization: "Bearer wrong", HTTPField.Name("api-key")!: "eva-key"],
        ] as [HTTPFields])
    func rightKeysAreLetIn(_ headers: HTTPFields) async throws {
        try await withKeys { client async throws in
            #expect(try await client.get("/v1/models", headers: headers).status == .ok)
        }
    }

    @Test(
        arguments: [
            [:], [.authorization: "Bearer eva-ke"], [.authorization: "Bearer eva-keys"], [.authorization: "Bearer "],
            [.authorization: "Bearer"], [.authorization: "eva-key"], [.authorization: "Basic eva-key"], [apiKey: ""],
            [apiKey: "EVA-KEY"], [apiKey: "Bearer eva-key"],
        ] as [HTTPFields])
    func otherKeysAreNot(_ headers: HTTPFields) async throws {
        try await withKeys { client in
            for path in ["/v1/models", "/ember/v1/state", "/nothing"] {
                let response = try await client.get(path, headers: headers)
                #expect(response.status == .unauthorized, "\(path)")
                #expect(response.headers[.wwwAuthenticate] == "Bearer")
                #expect(try response.error().code == "invalid_api_key")
                #expect(!response.text.contains("eva-key"))
            }
            #expect(try await client.chat(headers: headers).status == .unauthorized)
            #expect(try await client.post("/ember/v1/models/load", "{}", headers: headers).status == .unauthorized)
        }
    }

    @Test func healthIsPublic() async throws {
        try await withKeys { client in
            let response = try await client.get("/health")
            #expect(response.status == .ok)
            #expect(response.text == #"{"status":"ok"}"#)
        }
    }

    @Test func withoutKeysEveryoneIsLetIn() async throws {
        try await serve(try Station([edgeModel("m")])) { client async throws in
            #expect(try await client.get("/v1/models").status == .ok)
            #expect(try await client.get("/v1/models", headers: [.authorization: "Bearer any"]).status == .ok)
        }
    }
}

/// Which service a request counts for.
@Suite struct ServiceChoiceTests {
    private static let header = HTTPField.Name("x-ember-service")!

    /// The services that have a context with "m" after one request.
    private func services(after headers: HTTPFields, keyService: String? = nil) async throws -> [String] {
        try await EngineServer.serve({ _ in .json("{}") }) { engine in
            let services = ["default", "chat", "search"].map { ServiceSpec(name: $0) }
            let station = try Station([edgeModel("m")], services: services, engineURL: engine.url)
            let keys = keyService.map { [AccessKey(name: "eva", key: "k", service: $0)] } ?? []
            try await serve(station, settings: { $0.keys = AccessKeys(keys) }) { client async throws in
                #expect(try await client.chat(headers: headers).status == .ok)
            }
            return await station.view(of: "m").contexts.map(\.service)
        }
    }

    @Test func theHeaderNamesTheService() async throws {
        #expect(try await services(after: [Self.header: "search"]) == ["search"])
    }

    @Test func withoutAHeaderItIsTheDefault() async throws {
        #expect(try await services(after: [:]) == ["default"])
    }

    @Test func aKeyHasAServiceOfItsOwn() async throws {
        #expect(try await services(after: [.authorization: "Bearer k"], keyService: "chat") == ["chat"])
        #expect(
            try await services(after: [.authorization: "Bearer k", Self.header: "search"], keyService: "chat")
                == ["search"])
    }

    @Test func anUnknownServiceIsRefused() async throws {
        let station = try Station([edgeModel("m")])
        try await serve(station) { client in
            let response = try await client.chat(headers: [Self.header: "serch"])
            #expect(response.status == .badRequest)
            let error = try response.error()
            #expect(error.code == "service_not_found")
            #expect(error.param == "x-ember-service")
            #expect(error.message.contains("'serch'") && error.message.contains("default"))
        }
        #expect(station.audit.arrivals == 0)
    }
}
