import EmberSystem
import EmberTestSupport
import HTTPTypes
import Testing

@testable import EmberServer

/// What engines have written, kept for the operator.
@Suite struct EngineOutputsTests {
    private let outputs = EngineOutputs()

    private func write(_ numbers: ClosedRange<Int>, of model: String = "m") {
        for number in numbers { outputs.append("line \(number)", of: model) }
    }

    @Test func eachModelsLastLinesAreKept() {
        write(1...5)
        outputs.append("another's", of: "n")
        #expect(outputs.last(2, of: "m").lines == ["line 4", "line 5"])
        #expect(outputs.last(50, of: "n").lines == ["another's"])
        #expect(outputs.last(0, of: "m").lines.isEmpty && outputs.last(5, of: "unknown").lines.isEmpty)
        write(6...1000)
        let all = outputs.last(EngineOutputs.most, of: "m").lines
        #expect(all.count == EngineOutputs.most && all.first == "line 801" && all.last == "line 1000")
    }

    @Test func whatComesLaterFollowsWithoutGapsAndWithoutRepeats() async {
        write(1...3)
        let first = outputs.last(2, of: "m")
        write(4...5)
        let second = await outputs.next(after: first, of: "m", within: .seconds(60), by: .system)
        #expect(second.lines == ["line 4", "line 5"])
        let waiting = Task { [outputs] in await outputs.next(after: second, of: "m", within: .seconds(60), by: .system)
        }
        await Task.yield()
        write(6...6)
        let third = await waiting.value
        #expect(third.lines == ["line 6"])
        // Of what came too fast, the last lines.
        write(7...1000)
        let last = await outputs.next(after: third, of: "m", within: .seconds(60), by: .system)
        #expect(last.lines.count == EngineOutputs.most && last.lines.last == "line 1000")
        #expect(await outputs.next(after: last, of: "m", within: .zero, by: .system).lines.isEmpty)
    }

    // MARK: Route

    @Test func theRouteHasTheLastLinesOfAModel() async throws {
        let station = try Station([edgeModel("m"), edgeModel("owner/n")])
        write(1...60)
        outputs.append("of n", of: "owner/n")
        try await serve(station, outputs: outputs) { client in
            let all = try await client.get("/ember/v1/models/m/logs")
            #expect(all.status == .ok && all.header("content-type") == "text/plain; charset=utf-8")
            #expect(all.text == (11...60).map { "line \($0)\n" }.joined())
            #expect(try await client.get("/ember/v1/models/m/logs?lines=1").text == "line 60\n")
            #expect(try await client.get("/ember/v1/models/owner%2Fn/logs").text == "of n\n")
            #expect(try await client.get("/ember/v1/models/x/logs").error().code == "model_not_found")
            for query in ["lines=-1", "lines=many", "lines=201", "follow=maybe"] {
                let refused = try await client.get("/ember/v1/models/m/logs?\(query)")
                #expect(refused.status == .badRequest)
                #expect(try refused.error().param == String(query.prefix { $0 != "=" }))
            }
        }
    }

    @Test func theRouteNeedsAKeyWhereThereAreKeys() async throws {
        let station = try Station([edgeModel("m")])
        try await serve(station, settings: { $0.keys = AccessKeys([AccessKey(name: "a", key: "k", service: nil)]) }) {
            client async throws in
            let path = "/ember/v1/models/m/logs"
            #expect(try await client.get(path).status == .unauthorized)
            #expect(try await client.get(path, headers: [.authorization: "Bearer k"]).status == .ok)
        }
    }

    /// An engine may write down what it was asked.
    @Test(arguments: [("a", true), ("b", false)]) func noTenantSeesAnothersLines(tenant: String, isOne: Bool)
        async throws
    {
        let station = try Station([edgeModel("m")])
        let keys = [
            AccessKey(name: "x", key: "k", service: nil, tenant: "a"),
            AccessKey(name: "y", key: "l", service: nil, tenant: tenant),
        ]
        try await serve(station, settings: { $0.keys = AccessKeys(keys) }) { client in
            let answer = try await client.get("/ember/v1/models/m/logs", headers: [.authorization: "Bearer k"])
            #expect(answer.status == (isOne ? .ok : .forbidden))
            if !isOne { #expect(try answer.error().code == "not_for_tenants") }
        }
    }
}
