import EmberCore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

@Suite struct CloudTests {
    @Test func upstreamGetsItsOwnKeyAndItsOwnName() async throws {
        try await EngineServer.serve({ _ in .json(#"{"choices":[]}"#) }) { upstream in
            let target = CloudTarget.at(upstream.url + "/v1", model: "big/one", key: "sky-key")
            let station = try Station([cloudModel("far", target)])
            try await serve(station) { client in
                let response = try await client.chat(
                    #"{"model":"far","x":1.0}"#, headers: [.authorization: "Bearer client-key", .cookie: "c=1"])
                #expect(response.status == .ok)
                #expect(response.header("x-ember-served-by") == "cloud:sky")
                #expect(response.header("x-ember-offload-reason") == "cloud_model")
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
        try await EngineServer.serve({ _ in .json(#"{"choices":[]}"#) }) { upstream in
            let station = try Station([cloudModel("far", .at(upstream.url + "/v1"))])
            try await serve(station) { client in
                let response = try await client.chat(#"{"model":"far","mod\u0065l":"dearest"}"#)
                #expect(response.status == .notFound)
                #expect(upstream.received.isEmpty)
            }
        }
    }

    /// Silence before an answer's first byte, behind its head.
    @Test func upstreamThatStallsIsABadGateway() async throws {
        let answer: EngineServer.Answer = { _ in
            .pieces("text/event-stream") { _ in try await Task.sleep(for: .seconds(patienceSeconds)) }
        }
        try await EngineServer.serve(answer) { upstream in
            let station = try Station([cloudModel("far", .at(upstream.url + "/v1", timeoutSeconds: 0.3))])
            try await serve(station, .live) { client in
                let response = try await client.chat(#"{"model":"far","stream":true}"#)
                #expect(response.status == .badGateway)
                #expect(try response.error().code == "upstream_failed")
                #expect(try response.error().message.contains("silent for 0.3 s"))
            }
            #expect(await station.isIdle())
        }
    }

    @Test func upstreamThatFallsSilentEndsItsStreamWithAnErrorEvent() async throws {
        let answer: EngineServer.Answer = { _ in
            .pieces("text/event-stream") { writer in
                // The limit is not to end before this has come, on a busy machine either. The second event is cut off:
                // no client could read it together with the error.
                try await writer.write("data: one\n\ndata: {\"tw")
                try await Task.sleep(for: .seconds(patienceSeconds))
            }
        }
        try await EngineServer.serve(answer) { upstream in
            let station = try Station([cloudModel("far", .at(upstream.url + "/v1", timeoutSeconds: 5))])
            try await serve(station, .live) { client in
                let response = try await client.chat(#"{"model":"far","stream":true}"#)
                #expect(response.text.hasPrefix("data: one\n\ndata: {\"error\""))
            }
            #expect(await station.isIdle())
            #expect(await station.coordinator.state().cloud?.upstreams.first?.failures == 1, "a cut is a failure")
        }
    }

    /// An error that may be the request's own or the upstream's: one more place is asked that costs nothing.
    @Test func anErrorThatMayBeTheUpstreamsIsTriedOnceMore() async throws {
        let error = #"{"error":{"message":"out of order","type":"server_error"}}"#
        try await EngineServer.serve({ _ in .json(error, status: .internalServerError) }) { first in
            try await EngineServer.serve({ _ in .json(#"{"choices":[],"from":"moon"}"#) }) { second in
                let targets = [
                    CloudTarget.at(first.url + "/v1"), .at(second.url + "/v1", model: "small", name: "moon"),
                ]
                let model = ServedModel(spec: ModelSpec(name: "far", placement: .cloud), clouds: targets)
                let station = try Station([model])
                try await serve(station) { client in
                    let response = try await client.chat(#"{"model":"far"}"#)
                    #expect(response.status == .ok && response.text == #"{"choices":[],"from":"moon"}"#)
                    #expect(response.header("x-ember-served-by") == "cloud:moon")
                    #expect(first.received.count == 1 && second.received.map(\.text) == [#"{"model":"small"}"#])
                }
                #expect(await station.isIdle())
            }
        }
    }

    @Test func refusalsCanBeExplained() async throws {
        let station = try Station([cloudModel("far", .at("http://127.0.0.1:1/v1"))])
        try await serve(station) { client in
            let response = try await client.chat(#"{"model":"far"}"#)
            let id = try #require(response.header("x-ember-request-id"))
            let told = try await client.get("/ember/v1/decisions/\(id)")
            #expect(told.status == .ok && told.text.contains("\"failed\""))
        }
    }

    @Test func aBoundThatIsNoNumberIsRefusedWhereItCostsMoney() async throws {
        var target = CloudTarget.at("http://127.0.0.1:1/v1")
        target.prices = TokenPrices(input: 1, output: 1, maxTokens: 10)
        let station = try Station([cloudModel("far", target)])
        try await serve(station) { client in
            let response = try await client.chat(#"{"model":"far","max_tokens":"many"}"#)
            #expect(response.status == .badRequest)
            #expect(try response.error().param == "max_tokens")
        }
    }

    /// The account tells the truth, whatever was set aside.
    @Test func whatAnUpstreamChargesBeyondItsBoundCounts() async throws {
        let usage = #"{"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":9000,"total_tokens":10000}}"#
        try await EngineServer.serve({ _ in .json(usage) }) { upstream in
            var target = CloudTarget.at(upstream.url + "/v1")
            target.prices = TokenPrices(input: 1, output: 1, maxTokens: 10)
            let station = try Station([cloudModel("far", target)])
            try await serve(station) { client in
                let body = #"{"model":"far","messages":[{"role":"user","content":"hi"}]}"#
                let response = try await client.chat(body)
                #expect(response.status == .ok)
                #expect(upstream.received.first?.text.contains(#""max_tokens":10"#) == true)
            }
            #expect(await station.coordinator.state().cloud?.spentToday == 0.01)
        }
    }

    @Test func whatCannotBeWrittenIsNotSent() async throws {
        let files = try TestFiles()
        let obstacle = files.path + "/spending.json.new"
        try FileManager.default.createDirectory(atPath: obstacle + "/x", withIntermediateDirectories: true)
        let answer: EngineServer.Answer = { _ in
            .json(#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#)
        }
        try await EngineServer.serve(answer) { upstream in
            var target = CloudTarget.at(upstream.url + "/v1")
            target.prices = TokenPrices(input: 0, output: 1, maxTokens: 10)
            let station = try Station([cloudModel("far", target)], stateFolder: files.path)
            try await serve(station) { client in
                for _ in 0..<4 {
                    let refused = try await client.chat(#"{"model":"far"}"#)
                    #expect(refused.status == .serviceUnavailable && refused.headers[.retryAfter] == "5")
                    #expect(String(buffer: refused.body).contains("spending_not_recorded"))
                }
                #expect(upstream.received.isEmpty)
                // The upstream is not to blame, and nothing stays set aside.
                let cloud = await station.coordinator.state().cloud
                #expect(cloud?.upstreams.allSatisfy { $0.failures == 0 } == true && cloud?.spentToday == 0)
                try FileManager.default.removeItem(atPath: obstacle)
                #expect(try await client.chat(#"{"model":"far"}"#).status == .ok)
            }
        }
    }

    /// A power cut between a request and its answer must not renew the budget.
    @Test func whatARequestCanCostIsOnTheDiskBeforeItIsSent() async throws {
        let files = try TestFiles()
        let answer: EngineServer.Answer = { _ in
            let written = FileManager.default.contents(atPath: files.path + "/spending.json") ?? Data()
            let spending = try JSONDecoder().decode(Spending.self, from: written)
            // Ten tokens of an answer; the prompt costs nothing here.
            #expect(abs(spending.spent(at: Date().timeIntervalSince1970).day - 10e-6) < 1e-12)
            return .json(#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#)
        }
        try await EngineServer.serve(answer) { upstream in
            var target = CloudTarget.at(upstream.url + "/v1")
            target.prices = TokenPrices(input: 0, output: 1, maxTokens: 10)
            let station = try Station([cloudModel("far", target)], stateFolder: files.path)
            try await serve(station) { client in
                let response = try await client.chat(#"{"model":"far"}"#)
                #expect(response.status == .ok)
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
