import EmberConfig
import EmberCore
import EmberMetrics
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

/// What /metrics says of models, memory and the server itself.
@Suite struct StateMetricsTests {
    @Test func modelsAreCountedAsTheyComeAndGo() async throws {
        let station = try Station([edgeModel("a"), edgeModel("b")])
        for name in ["a", "b"] {
            let (ticket, _) = await station.run(name)
            await station.coordinator.finish(ticket, tokens: 3)
        }
        #expect(await station.becomes(.unloaded, "a"))
        try await serve(station) { client in
            let scrape = try await client.scrape()
            for name in ["a", "b"] {
                #expect(scrape["ember_model_loads_total", "model=\"\(name)\""] == 1)
                #expect(scrape["ember_model_load_seconds_count", "model=\"\(name)\""] == 1)
            }
            #expect(scrape["ember_model_unloads_total", #"model="a""#, #"reason="evicted""#] == 1)
            #expect(scrape["ember_model_unloads_total", #"model="b""#] == nil)
            #expect(scrape["ember_context_age_at_eviction_examples_count"] == 1)
            #expect(scrape["ember_residency_seconds_count"] == 1)
            #expect(scrape["ember_admissions_total", #"outcome="admitted""#] == 2)
            #expect(scrape["ember_model_state", #"model="b""#, #"state="loaded""#] == 1)
            #expect(scrape["ember_model_state", #"model="a""#] == 1)
            #expect(scrape["ember_memory_occupied_bytes"] == 60)
            #expect(scrape["ember_memory_budget_bytes"] == 100)
            #expect(scrape["ember_model_footprint_bytes", #"model="b""#] == 60)
            #expect(scrape["ember_context_held_examples", #"service="default""#, #"model="b""#] == 1)
        }
    }

    @Test func enginesThatFailAreCounted() async throws {
        let station = try Station([edgeModel("m")])
        station.starter.setFailing(true, "m")
        let (_, outcome) = await station.run("m")
        #expect(outcome.refusal != nil)
        try await serve(station) { client in
            let scrape = try await client.scrape()
            #expect(scrape["ember_engine_failures_total", #"model="m""#, #"kind="start""#] ?? 0 >= 1)
        }
    }

    @Test func openMetricsIsSentToThoseWhoAskForIt() async throws {
        let station = try Station([edgeModel("m")])
        try await serve(station) { client in
            let wanted: HTTPFields = [.accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"]
            let response = try await client.get("/metrics", headers: wanted)
            #expect(response.headers[.contentType] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(response.text.hasSuffix("\n# EOF\n"))
            #expect(response.text.contains("# TYPE ember_cost counter\n"))
            let plain = try await client.get("/metrics")
            #expect(plain.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(!plain.text.contains("# EOF"))
        }
    }

    /// Nothing is begun by a scrape: no load, no event, no request.
    @Test func aScrapeWakesNothing() async throws {
        let station = try Station([edgeModel("m")])
        try await serve(station) { client in
            let events = station.audit.events
            for _ in 0..<3 { _ = try await client.scrape() }
            #expect(station.audit.events == events && station.starter.attempts.isEmpty)
        }
    }

    @Test func familiesHaveNamesOfTheirOwnAndHelp() {
        let families =
            RequestFamilies.all + ModelFamilies.all + StateFamilies.server + StateFamilies.models + StateFamilies.costs
            + ContextFamilies.entries.map(\.family) + [ContextFamilies.savedStates, ContextFamilies.savedBytes]
        #expect(Set(families.map(\.name)).count == families.count)
        for family in families {
            #expect(family.help.hasSuffix(".") || family.help.hasSuffix(")."), "\(family.name)")
            #expect((family.kind == .counter) == family.name.hasSuffix("_total"), "\(family.name)")
        }
    }
}
