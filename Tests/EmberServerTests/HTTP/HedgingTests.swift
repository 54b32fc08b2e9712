import EmberCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

/// An upstream and an engine that race for one request.
@Suite struct HedgingTests {
    /// The model is resident, and dearer than its upstream.
    private func race(
        _ setup: TestingSetup = .router, hedgeAfter seconds: Double = 0.01, upstream: @escaping EngineServer.Answer,
        engine: @escaping EngineServer.Answer,
        _ test: @Sendable (any TestClientProtocol, Station) async throws -> Void
    ) async throws {
        try await EngineServer.serve(upstream) { sky in
            try await EngineServer.serve(engine) { edge in
                let station = try await Station.racing(sky, edge, hedgeAfter: seconds)
                try await serve(station, setup) { client in try await test(client, station) }
                #expect(await eventually { await station.isIdle() })
                #expect(station.audit.violations == [])
            }
        }
    }

    @Test(arguments: [#"{"model":"m"}"#, #"{"model":"m","stream":true}"#])
    func theEdgeAnswersForASlowUpstream(_ body: String) async throws {
        let never = Gate()
        try await race { _ in
            _ = await never.wait()
            return .json("{}")
        } engine: { received in
            guard received.text.contains("stream") else { return .json(#"{"from":"edge"}"#) }
            return .pieces("text/event-stream") { try await $0.write("data: {\"from\":\"edge\"}\n\ndata: [DONE]\n\n") }
        } _: { client, station in
            let response = try await client.chat(body)
            #expect(response.status == .ok)
            #expect(response.text.contains(#"{"from":"edge"}"#))
            #expect(response.header("x-ember-served-by") == "edge")
            #expect(response.header("x-ember-hedged") == "true")
            #expect(response.header("x-ember-offload-reason") == nil)
            #expect(station.audit.arrivals == 2)
        }
        never.open()
    }

    @Test func aQuickUpstreamIsNotHedged() async throws {
        try await race(hedgeAfter: 3600) { _ in
            .json(#"{"from":"cloud","choices":[]}"#)
        } engine: { _ in
            .json("{}")
        } _: { client, station in
            let response = try await client.chat()
            #expect(response.text == #"{"from":"cloud","choices":[]}"#)
            #expect(response.header("x-ember-served-by") == "cloud:sky")
            #expect(response.header("x-ember-hedged") == nil)
            #expect(station.audit.arrivals == 1)
        }
    }

    @Test func theUpstreamMayStillWin() async throws {
        let (hasBegun, never) = (Gate(), Gate())
        try await race { _ in
            _ = await hasBegun.wait()
            return .json(#"{"from":"cloud","choices":[]}"#)
        } engine: { _ in
            hasBegun.open()
            _ = await never.wait()
            return .json("{}")
        } _: { client, station in
            let response = try await client.chat()
            #expect(response.text == #"{"from":"cloud","choices":[]}"#)
            #expect(response.header("x-ember-served-by") == "cloud:sky")
            #expect(response.header("x-ember-hedged") == "true")
            #expect(response.header("x-ember-offload-reason") == "cheaper")
            #expect(await station.view(of: "m").inFlight == 0)
        }
        never.open()
    }

    @Test func anUpstreamThatFailsLeavesTheWordToTheHedge() async throws {
        let (hasBegun, hasFailed) = (Gate(), Gate())
        try await race { _ in
            _ = await hasBegun.wait()
            return .json("{}", status: .internalServerError)
        } engine: { _ in
            hasBegun.open()
            _ = await hasFailed.wait()
            return .json(#"{"from":"edge"}"#)
        } _: { client, station in
            async let answer = client.chat()
            #expect(
                await eventually { await station.coordinator.state().cloud?.upstreams.first?.failures == 1 },
                "the failure counts at once")
            hasFailed.open()
            let response = try await answer
            #expect(response.text == #"{"from":"edge"}"#)
            #expect(response.header("x-ember-hedged") == "true")
        }
    }

    /// Where the edge serves the request, and only there, the upstream was at fault.
    @Test(arguments: [true, false])
    func anErrorThatMayBeTheRequestsIsJudgedByTheHedge(_ edgeAnswers: Bool) async throws {
        let hasBegun = Gate()
        let error = #"{"error":{"message":"no role","type":"server_error"}}"#
        try await race { _ in
            _ = await hasBegun.wait()
            return .json(error, status: .internalServerError)
        } engine: { _ in
            hasBegun.open()
            // Long enough for the upstream's error to come first, on a busy machine too.
            try await Task.sleep(for: .seconds(2))
            return edgeAnswers ? .json(#"{"from":"edge"}"#) : .json(error, status: .internalServerError)
        } _: { client, station in
            let response = try await client.chat()
            #expect(response.status == (edgeAnswers ? .ok : .badRequest))
            #expect(response.header("x-ember-hedged") == "true")
            let failures = await station.coordinator.state().cloud?.upstreams.first?.failures
            #expect(failures == (edgeAnswers ? 1 : 0))
            #expect(station.audit.arrivals == 2, "the hedge was the one more try")
        }
    }

    /// It may know better than the edge: a prompt that is too long here need not be so there.
    @Test(arguments: [HTTPResponse.Status.internalServerError, .badRequest])
    func aHedgeThatFailsLeavesTheWordToTheUpstream(_ status: HTTPResponse.Status) async throws {
        let hasFailed = Gate()
        try await race { _ in
            _ = await hasFailed.wait()
            return .json(#"{"from":"cloud","choices":[]}"#)
        } engine: { _ in
            .json("{}", status: status)
        } _: { client, station in
            async let answer = client.chat()
            #expect(await eventually { station.audit.endings == 1 })
            #expect(await station.view(of: "m").inFlight == 0)
            hasFailed.open()
            let response = try await answer
            #expect(response.status == .ok)
            #expect(response.text == #"{"from":"cloud","choices":[]}"#)
            #expect(response.header("x-ember-hedged") == "true")
        }
    }

    @Test func aClientThatLeavesEndsBoth() async throws {
        let (hasBegun, never) = (Gate(), Gate())
        try await race(.live) { _ in
            _ = await never.wait()
            return .json("{}")
        } engine: { _ in
            hasBegun.open()
            _ = await never.wait()
            return .json("{}")
        } _: { client, station in
            let connection = try await Connection.open(port: try #require(client.port))
            try await connection.post("/v1/chat/completions", #"{"model":"m"}"#)
            #expect(await value { await hasBegun.wait() } == true)
            try await connection.reset()
            #expect(await eventually { await station.isIdle() })
            #expect(station.audit.endings == 2)
        }
        never.open()
    }
}
