import EmberCore
import Foundation
import Testing

/// Logs have the planner's settings as members of one object, as they did before the types had parts.
@Suite struct SettingsInLogsTests {
    private static let logged = """
        {"backoffSeconds":0.25,"budget":{"count":100},"deathLimit":8,"energyBudget":900,"energyWindowSeconds":30,\
        "failureLimit":4,"gateWaitSeconds":1,"maxBackoffSeconds":200,"maxOverrunBackoffSeconds":3000,\
        "maxWaitSeconds":110,"overrunBackoffSeconds":20,"patienceSeconds":6,"prefetchSeconds":7,"queueLimit":250,\
        "queueLimitPerInstance":120,"recordsDecisions":true,"refusesHopeless":true,"residencyPerLoad":2,\
        "retention":"kept","retryLimit":2,"time":"continuous",\
        "weights":{"loadingSecond":1,"money":180,"offloading":5,"waitingSecond":1}}
        """

    private static let settings: PlannerSettings = {
        var settings = PlannerSettings(budget: Bytes(100))
        (settings.queue.limit, settings.queue.limitPerInstance) = (250, 120)
        (settings.queue.maxWaitSeconds, settings.queue.patienceSeconds) = (110, 6)
        (settings.queue.gateWaitSeconds, settings.queue.residencyPerLoad) = (1, 2)
        (settings.failures.retryLimit, settings.failures.failureLimit, settings.failures.deathLimit) = (2, 4, 8)
        (settings.failures.backoffSeconds, settings.failures.maxBackoffSeconds) = (0.25, 200)
        (settings.failures.overrunBackoffSeconds, settings.failures.maxOverrunBackoffSeconds) = (20, 3000)
        (settings.energy.budget, settings.energy.windowSeconds) = (900, 30)
        (settings.retention, settings.weights, settings.prefetchSeconds) = (.kept, CostWeights(), 7)
        (settings.refusesHopeless, settings.recordsDecisions) = (true, true)
        return settings
    }()

    private let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return encoder
    }()

    @Test func areWrittenAsMembersOfOneObject() throws {
        #expect(try String(decoding: encoder.encode(Self.settings), as: UTF8.self) == Self.logged)
    }

    @Test func areReadAsTheyWereWritten() throws {
        #expect(try JSONDecoder().decode(PlannerSettings.self, from: Data(Self.logged.utf8)) == Self.settings)
    }

    @Test func whatIsNoBoundIsLeftOut() throws {
        let text = try String(decoding: encoder.encode(PlannerSettings(budget: Bytes(1))), as: UTF8.self)
        for member in ["deathLimit", "energyBudget", "prefetchSeconds", "weights"] {
            #expect(!text.contains("\"\(member)\""))
        }
        #expect(
            try JSONDecoder().decode(PlannerSettings.self, from: Data(text.utf8)) == PlannerSettings(budget: Bytes(1)))
    }
}
