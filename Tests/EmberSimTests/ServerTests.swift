import EmberCore
import EmberDocument
import Foundation
import Testing

@testable import EmberSim

/// Several edge servers are as many scenarios of one.
@Suite struct ServerTests {
    private let services = ["a", "b", "c"]

    /// - Parameter included: the services whose requests come; all have some in every slot but a few.
    private func scenario(_ servers: Int, included: [String], time: String = "slots") throws -> Scenario {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).csv")
        defer { try? FileManager.default.removeItem(at: file) }
        var lines = ["slot,service,model,requests"]
        for slot in 0..<60 {
            for (number, service) in services.enumerated() where included.contains(service) {
                if (slot + number) % 5 > 0 { lines.append("\(slot),\(service),small,\(1 + (slot * (number + 2)) % 4)") }
                if (slot / 7 + number) % 3 > 0 { lines.append("\(slot),\(service),big,\(1 + slot % 3)") }
            }
        }
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        let text = """
            {slots: 60, servers: \(servers), memory: {budget: 10GB}, energy: {budget: 4000}, time: \(time), services: {a: {}, b: {}, c: {}},
            models: {small: {memory: 4GB, costs: {joules: 1, load: 1, cloud: 0.1}},
                     big: {memory: 8GB, costs: {joules: 0.5, load: 2, cloud: 0.3}}},
            workload: {kind: file, file: "\(file.path(percentEncoded: false))"}}
            """
        return try ScenarioReader.read(text: text, source: "test", name: "test")
    }

    /// Services a and c are at server 0, b at server 1.
    @Test(arguments: ["lru", "least-context-gated", "gdsf", "regret-forecast"])
    func eachServerIsOnItsOwn(policy: String) throws {
        let policy = try #require(SimulatedPolicy.named(policy))
        let whole = policy.run(try scenario(2, included: services), seed: 5)
        let parts = try [["a", "c"], ["b"]].map { policy.run(try scenario(1, included: $0), seed: 5) }
        for measure in [Measure.systemCost, .switchingCost, .cloudCost, .requests, .loads, .energy] {
            let sum = parts.reduce(0) { $0 + $1[measure] }
            #expect(abs(whole[measure] - sum) < 1e-9, "\(measure)")
        }
        #expect(parts.allSatisfy { $0[.requests] > 0 && $0[.loads] > 0 })
    }

    @Test(arguments: SimulatedPolicy.all.map(\.name))
    func allRequestsEndInEventTimeToo(policy: String) throws {
        let policy = try #require(SimulatedPolicy.named(policy))
        let alone = policy.run(try scenario(1, included: services, time: "events"), seed: 5)
        let whole = policy.run(try scenario(3, included: services, time: "events"), seed: 5)
        #expect(whole[.requests] == alone[.requests])
        #expect(whole[.meanWait].isFinite && whole[.edgeRatio] <= 1)
    }

    @Test func moreServersCostLess() throws {
        let policy = try #require(SimulatedPolicy.named("regret-forecast"))
        let costs = try [1, 2, 3].map { policy.run(try scenario($0, included: services), seed: 1)[.systemCost] }
        #expect(costs[0] > costs[1] && costs[1] > costs[2])
    }

    @Test func moreServersThanServicesAreRefused() {
        #expect(throws: ScenarioError.self) { try scenario(4, included: services) }
    }
}
