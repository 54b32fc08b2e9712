import EmberCore
import Foundation
import Testing

@testable import EmberSim

/// Plans: the same requests under other conditions.
@Suite struct PlanTests {
    /// Two models of 60 bytes, of which 100 take one; "a" has a cloud at 1 of money a request.
    private static let catalogue = Catalogue(
        models: ["a", "b"].map { ModelSpec(name: $0, residentBytes: Bytes(60), typicalTokens: 100) },
        services: [ServiceSpec(name: "s")])

    private static func work(_ seed: UInt64 = 1, hours: Double = 4) -> PlanWork {
        var cloud = PlanSpeed(
            loadSeconds: 5, prefillTokensPerSecond: 1000, decodeTokensPerSecond: 50, cloudSeconds: 0.1)
        cloud.inputPrice = 10_000
        let local = PlanSpeed(loadSeconds: 5, prefillTokensPerSecond: 1000, decodeTokensPerSecond: 50)
        let rates = (0...1).map {
            PlanRate(
                service: ServiceID(0), model: ModelID($0), requestsPerHour: 60, inputTokens: 100, outputTokens: 0)
        }
        var settings = PlannerSettings(budget: Bytes(100))
        settings.weights = CostWeights()
        return PlanWork(
            rates, speeds: [cloud, local], catalogue: catalogue, policy: "lru", settings: settings, hours: hours,
            seed: seed)
    }

    private static func outcome(
        _ works: [PlanWork], policies: [String] = [], shares: [Double] = [1, 2], limits: [Double] = [], jobs: Int = 2
    ) async throws -> PlanOutcome {
        let policies = try policies.map { try SimulatedPolicy.parse($0) }
        return await Plan(works, cases: try Plan.cases(works[0], policies: policies, shares: shares, limits: limits))
            .run(jobs: jobs)
    }

    private static func text(_ outcome: PlanOutcome) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(outcome), as: UTF8.self)
    }

    @Test func theSameRequestsMeetEveryCondition() async throws {
        let plan = try await Self.outcome([Self.work()], policies: ["gdsf", "cloud"], limits: [2])
        #expect(plan.source == .rates && plan.seconds == 4 * 3600)
        #expect(plan.requests > 380 && plan.requests < 580)
        #expect(plan.rows.allSatisfy { $0.requests == plan.requests })
        #expect(plan.rows.map(\.policy) == ["lru", "lru", "gdsf", "gdsf", "cloud", "cloud", "lru", "lru"])
        #expect(plan.rows.map(\.memoryBytes) == [100, 200, 100, 200, 100, 200, 100, 100])
        #expect(plan.rows.suffix(2).map(\.cloud) == [.none, .limit] && plan.rows.last?.cloudLimit == 2)
    }

    @Test func whereAllFitEachModelIsLoadedOnce() async throws {
        let plan = try await Self.outcome([Self.work()])
        let (now, twice) = (plan.rows[0], plan.rows[1])
        #expect(twice.loadsPerHour <= 2.0 / 4 && now.loadsPerHour > 10 * twice.loadsPerHour)
        #expect(twice.costPerHour < now.costPerHour && twice.meanWaitSeconds <= now.meanWaitSeconds)
        #expect(plan.advice.contains { $0.contains("With 0 MB of memory") })
    }

    @Test func theCloudTakesNothingWhereThereIsNone() async throws {
        let plan = try await Self.outcome([Self.work()], policies: ["cloud"], shares: [1])
        let (cloud, none) = (plan.rows[1], plan.rows[2])
        #expect(cloud.policy == "cloud" && cloud.cloudShare > 0.4 && cloud.billPerDay > 0)
        #expect(none.cloud == .none && none.cloudShare == 0 && none.billPerDay == 0)
    }

    /// What is under way when the money is spent is still paid: at most a request more.
    @Test(arguments: [0, 3, 50.0])
    func moneyIsBounded(_ limit: Double) async throws {
        let work = Self.work()
        let scenario = work.scenario(memory: Bytes(100), cloud: .limit(limit))
        let cloud = try SimulatedPolicy.parse("cloud")
        let outcome = cloud.run(scenario, seed: 1)
        #expect(outcome[.billed] >= limit && outcome[.billed] <= limit + 1)
        #expect(cloud.run(work.scenario(memory: Bytes(100), cloud: .asItIs), seed: 1)[.billed] > 51)
    }

    @Test func theNumberOfJobsChangesNothing() async throws {
        let works = (1...3).map { Self.work($0, hours: 1) }
        let (one, four) = (
            try await Self.outcome(works, policies: ["gdsf"], jobs: 1),
            try await Self.outcome(works, policies: ["gdsf"], jobs: 4)
        )
        #expect(try Self.text(one) == Self.text(four))
    }

    @Test func modelsSayWhetherTheyFitAndHowLongTheyStay() async throws {
        let plan = try await Self.outcome([Self.work()], shares: [1])
        #expect(plan.models.map(\.name) == ["a", "b"] && plan.models.allSatisfy { $0.fits && $0.bytes == 60 })
        let shares = plan.models.map(\.residentShare)
        #expect(shares.allSatisfy { $0 > 0.05 && $0 < 0.95 } && shares.reduce(0, +) <= 1)
        #expect(plan.models.allSatisfy { $0.requestsPerHour > 30 && $0.requestsPerHour < 90 })
    }

    @Test func aModelThatNeverFitsIsNamed() async throws {
        let large = Catalogue(
            models: [ModelSpec(name: "huge", residentBytes: Bytes(500))], services: [ServiceSpec(name: "s")])
        let rate = PlanRate(
            service: ServiceID(0), model: ModelID(0), requestsPerHour: 20, inputTokens: 10, outputTokens: 10)
        let speed = PlanSpeed(loadSeconds: 1, prefillTokensPerSecond: 10, decodeTokensPerSecond: 10)
        let work = PlanWork(
            [rate], speeds: [speed], catalogue: large, policy: "lru", settings: PlannerSettings(budget: Bytes(100)),
            hours: 1, seed: 1)
        let plan = try await Self.outcome([work], shares: [1])
        #expect(!plan.models[0].fits && plan.rows[0].refused == plan.requests)
        #expect(plan.advice.first?.contains("huge") == true)
    }

    @Test func withoutRequestsThereIsNothingToPlan() async throws {
        let plan = try await Self.outcome([Self.work(1, hours: 0.0001)])
        #expect(plan.requests == 0 && plan.advice == ["There are no requests to plan for."])
    }
}
