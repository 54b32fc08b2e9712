import EmberCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

@Suite struct CloudTests {
    @Test func upstreamGetsItsOwnKeyAndItsOwnName() async throws {
        try await EngineServer.serve({ _ in .json("{}") }) { upstream in
            let target = CloudTarget.at(upstream.url + "/v1", model: "big/one", key: "sky-key")
            let station = try Station([cloudModel("far", target)])
            try await serve(station) { client in
                let response = try await client.chat(
                    #"{"model":"far","x":1.0}"#, headers: [.authorization: "Bearer client-key", .cookie: "c=1"])
                #expect(response.status == .ok)
                #expect(response.header("x-ember-served-by") == "cloud:sky")
                #expect(response.header("x-ember-offload-reason") == "cloudModel")
                let received = try #require(upstream.received.first)
                #expect(received.text == #"{"model":"big/one","x":1.0}"#)
                #expect(received.path == "/v1/chat/completions")
                #expect(received.headers[.authorization] == "Bearer sky-key")
                #expect(received.headers[.cookie] == nil)
            }
            #expect(await station.isIdle())
        }
    }

    /// Whatever the spelling of its key, a model's name must not reach an upstream on the operator's account.
    @Test func escapedKeyDoesNotSmuggleAModelName() async throws {
        try await EngineServer.serve({ _ in .json("{}") }) { upstream in
            let station = try Station([cloudModel("far", .at(upstream.url + "/v1"))])
            try await serve(station) { client in
                let response = try await client.chat(#"{"model":"far","mod\u0065l":"dearest"}"#)
                #expect(response.status == .notFound)
                #expect(upstream.received.isEmpty)
            }
        }
    }

    @Test func upstreamThatDoesNotAnswerIsABadGateway() async throws {
        let station = try Station([cloudModel("far", .at("http://127.0.0.1:1/v1"))])
        try await serve(station) { client in
            let response = try await client.chat(#"{"model":"far"}"#)
            #expect(response.status == .badGateway)
            let error = try response.error()
            #expect(error.code == "upstream_failed")
            #expect(error.message.contains("sky"))
        }
        #expect(await station.isIdle())
    }
}
