import EmberCore
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

/// What /metrics says where a request may run in several places, or its model's id has meant another one.
@Suite struct PlaceMetricsTests {
    private static let answered =
        #"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}"#
    private static let duration = "gen_ai_server_request_duration_seconds_count"

    @Test func theCloudsAnswersNameTheirUpstream() async throws {
        try await EngineServer.serve({ _ in .json(Self.answered) }) { sky in
            var target = CloudTarget.at(sky.url + "/v1")
            target.prices = TokenPrices(input: 100_000, output: 200_000, maxTokens: 10)
            var budgets = CloudBudgets()
            budgets.limit(nil, day: 1000, month: nil)
            let station = try Station([cloudModel("far", target)], budgets: budgets)
            try await serve(station) { client in
                #expect(try await client.chat(#"{"model":"far","max_tokens":5}"#).status == .ok)
                let scrape = try await client.scrape()
                #expect(scrape["ember_requests_total", #"model="far""#, #"place="cloud""#] == 1)
                #expect(scrape[Self.duration, #"gen_ai_provider_name="sky""#] == 1)
                #expect(scrape["ember_answer_tokens_total", #"place="cloud""#] == 5)
                // 7 tokens of 0.1 and 5 of 0.2.
                #expect(abs((scrape["ember_cloud_spent", #"period="day""#] ?? 0) - 1.7) < 1e-9)
                #expect(abs((scrape["ember_cloud_budget_left", #"period="day""#] ?? 0) - 998.3) < 1e-9)
                #expect(scrape["ember_cloud_budget_left", #"period="month""#] == nil)
                #expect(scrape["ember_upstream_disabled", #"upstream="sky""#] == 0)
                // What only the cloud has is never in memory, and neither a hit nor a miss.
                #expect(scrape["ember_model_hits_total"] == 0 && scrape["ember_model_misses_total"] == 0)
            }
        }
    }

    @Test func aRequestWithAHedgeIsOneRequest() async throws {
        let never = Gate()
        try await EngineServer.serve { _ in
            _ = await never.wait()
            return .json("{}")
        } _: { sky in
            try await EngineServer.serve({ _ in .json(Self.answered) }) { edge in
                let station = try await Station.racing(sky, edge, hedgeAfter: 0.01)
                try await serve(station) { client in
                    #expect(try await client.chat().header("x-ember-hedged") == "true")
                    #expect(await eventually { await station.isIdle() })
                    let scrape = try await client.scrape()
                    #expect(scrape["ember_requests_total"] == 1)
                    #expect(scrape["ember_requests_total", #"place="edge""#, #"outcome="answered""#] == 1)
                }
            }
        }
        never.open()
    }

    @Test func anIdThatMeansAnotherModelCountsForThatOne() async throws {
        let here = try ReloadStation("models:\n" + programModel("a"))
        let coordinator = here.station.coordinator
        func run(_ name: String) async {
            let figures = RequestFigures(
                arrived: coordinator.time.now, .chat, Identity(), RequestSize(promptBytes: 1))
            let admission = await coordinator.admit(
                service: here.station.service, model: here.station.id(name), figures: figures)
            if admission.outcome == nil { _ = await here.station.outcome(of: admission.ticket) }
            await coordinator.finish(admission.ticket, tokens: 1)
        }
        await run("a")
        try await here.reload("models:\n" + programModel("b"))
        #expect(await eventually { await coordinator.state().models.map(\.name) == ["b"] })
        await run("b")
        await run("b")
        try await serve(here.station) { client in
            let scrape = try await client.scrape()
            for (name, count) in [("a", 1.0), ("b", 2.0)] {
                #expect(scrape["ember_requests_total", "model=\"\(name)\"", #"outcome="answered""#] == count)
                #expect(scrape["ember_model_misses_total", "model=\"\(name)\""] == 1)
            }
            #expect(scrape["ember_model_state", #"model="a""#] == nil)
        }
    }
}
