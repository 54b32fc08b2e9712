import EmberConfig
import EmberCore
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

/// What /metrics says of requests.
@Suite struct RequestMetricsTests {
    private static let answered = #"""
        {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12},
         "timings":{"cache_n":3,"prompt_n":4,"prompt_ms":8.0,"predicted_n":5,"predicted_ms":200.0}}
        """#
    private static let duration = "gen_ai_server_request_duration_seconds_count"
    private static let firstToken = "gen_ai_server_time_to_first_token_seconds_count"
    private static let perToken = "gen_ai_server_time_per_output_token_seconds"

    @Test func anAnsweredRequestIsCountedWithItsTokens() async throws {
        try await serveOneModel(answer: { _ in .json(Self.answered) }) { client, _, _ in
            for _ in 0..<2 { #expect(try await client.chat().status == .ok) }
            let scrape = try await client.scrape()
            let model = #"model="m""#
            #expect(
                scrape[
                    "ember_requests_total", model, #"service="default""#, #"place="edge""#, #"outcome="answered""#]
                    == 2)
            #expect(
                scrape[
                    Self.duration, #"gen_ai_operation_name="chat""#, #"gen_ai_provider_name="ember""#,
                    #"gen_ai_request_model="m""#, #"gen_ai_response_model="m""#] == 2)
            #expect(scrape["ember_prompt_tokens_total", model, #"place="edge""#] == 14)
            #expect(scrape["ember_reused_prompt_tokens_total", model] == 6)
            #expect(scrape["ember_answer_tokens_total", model, #"place="edge""#] == 10)
            // The engine has measured 200 ms for the four tokens behind the first.
            #expect(scrape[Self.perToken + "_sum", #"gen_ai_request_model="m""#] == 0.1)
            #expect(scrape[Self.firstToken] == nil)
            #expect(scrape["ember_request_wait_seconds_count", model] == 2)
            #expect(
                scrape["ember_http_responses_total", #"route="/v1/chat/completions""#, #"code="200""#] == 2)
        }
    }

    @Test func onlyStreamsHaveAFirstToken() async throws {
        try await serveOneModel(answer: { _ in
            .pieces("text/event-stream") { writer in
                try await writer.write("data: {\"choices\":[]}\n\ndata: [DONE]\n\n")
            }
        }) { client, _, _ in
            let response = try await client.chat(#"{"model":"m","stream":true}"#)
            #expect(response.text.contains("[DONE]"))
            #expect(try await client.scrape()[Self.firstToken, #"gen_ai_request_model="m""#] == 1)
        }
    }

    @Test func whatFailsHasItsReason() async throws {
        try await serveOneModel(answer: { _ in .json(#"{"error":{"message":"no"}}"#, status: .badRequest) }) {
            client, _, _ in
            #expect(try await client.chat().status == .badRequest)
            let scrape = try await client.scrape()
            #expect(scrape["ember_requests_total", #"outcome="failed""#, #"reason="400""#] == 1)
            #expect(scrape[Self.duration, #"error_type="400""#, #"gen_ai_request_model="m""#] == 1)
            #expect(scrape["ember_http_responses_total", #"code="400""#] == 1)
        }
    }

    @Test func whatIsRefusedRanNowhere() async throws {
        let station = try Station([edgeModel("huge", bytes: 1000)])
        try await serve(station) { client in
            #expect(try await client.chat(#"{"model":"huge"}"#).status == .serviceUnavailable)
            let scrape = try await client.scrape()
            #expect(
                scrape[
                    "ember_requests_total", #"model="huge""#, #"place="none""#, #"outcome="refused""#,
                    #"reason="model_does_not_fit""#] == 1)
            #expect(scrape["ember_model_misses_total", #"model="huge""#] == 1)
        }
    }

    @Test func aRequestThatFindsItsModelIsAHit() async throws {
        try await serveOneModel(answer: { _ in .json(Self.answered) }) { client, _, _ in
            for _ in 0..<3 { #expect(try await client.chat().status == .ok) }
            let scrape = try await client.scrape()
            #expect(scrape["ember_model_misses_total", #"model="m""#] == 1)
            #expect(scrape["ember_model_hits_total", #"model="m""#] == 2)
            #expect(scrape["ember_prediction_ratio_count", #"what="answer""#] == 2)
        }
    }

    @Test func whoseClientHasGoneIsCountedOnce() async throws {
        let station = try Station([edgeModel("m")])
        let identity = Identity()
        let figures = RequestFigures(
            arrived: station.coordinator.time.now, .chat, identity, RequestSize(promptBytes: 1))
        let admission = await station.coordinator.admit(
            service: station.service, model: station.id("m"), figures: figures)
        await station.coordinator.cancel(admission.ticket)
        await station.coordinator.cancel(admission.ticket)
        try await serve(station) { client in
            let scrape = try await client.scrape()
            #expect(scrape["ember_requests_total", #"outcome="gone""#, #"reason="client_gone""#] == 1)
        }
    }

    /// Ember's own requests, such as for embeddings of prompts, are none of a client's.
    @Test func requestsOfEmbersOwnAreNotCounted() async throws {
        let station = try Station([edgeModel("m")])
        let (ticket, _) = await station.run("m")
        await station.coordinator.finish(ticket, tokens: 3)
        try await serve(station) { client in
            let scrape = try await client.scrape()
            #expect(scrape["ember_requests_total"] == nil)
        }
    }

    @Test(arguments: [false, true])
    func tenantsAndKeysAreCountedWhereThatIsSwitchedOn(isOn: Bool) async throws {
        var metrics = MetricsConfiguration()
        (metrics.byTenant, metrics.byKey) = (isOn, isOn)
        try await EngineServer.serve({ _ in .json(Self.answered) }) { [metrics] engine in
            let station = try Station([edgeModel("m")], engineURL: engine.url, metrics: metrics)
            let key = AccessKey(name: "reader", key: "k1", service: nil, tenant: "library")
            try await serve(station, settings: { $0.keys = AccessKeys([key]) }) { client in
                #expect(try await client.chat(headers: [.authorization: "Bearer k1"]).status == .ok)
                #expect(try await client.get("/metrics").status == .unauthorized)
                let text = try await client.get("/metrics", headers: [.authorization: "Bearer k1"]).text
                let scrape = try Scrape(text)
                let expected: Double? = isOn ? 1 : nil
                #expect(
                    scrape["ember_tenant_requests_total", #"tenant="library""#, #"outcome="answered""#] == expected)
                #expect(scrape["ember_key_requests_total", #"key="reader""#, #"outcome="answered""#] == expected)
                #expect(scrape["ember_key_tokens_total", #"part="answer""#] == (isOn ? 5 : nil))
                #expect(text.contains("library") == isOn)
            }
        }
    }

    @Test func metricsThatAreSwitchedOffAreNotThere() async throws {
        let station = try Station([edgeModel("m")], metrics: nil)
        try await serve(station) { client in
            let response = try await client.get("/metrics")
            #expect(try response.status == .notFound && response.error().code == "metrics_off")
        }
    }
}
