import Testing

@testable import EmberCore

@Suite struct EngineHealthTests {
    private let settings = {
        var settings = PlannerSettings(budget: Bytes(100))
        (settings.failures.failureLimit, settings.failures.deathLimit) = (3, 1)
        (settings.failures.backoffSeconds, settings.failures.maxBackoffSeconds) = (1, 5)
        (settings.failures.overrunBackoffSeconds, settings.failures.maxOverrunBackoffSeconds) = (10, 15)
        return settings
    }()

    @Test func theWaitDoublesUpToItsLimit() {
        var health = EngineHealth()
        let waits = (0..<4).map { _ in
            let isRefused = health.countFailure(at: .zero, settings)
            return (health.notBefore.seconds, isRefused)
        }
        #expect(waits.map(\.0) == [1, 2, 4, 5] && waits.map(\.1) == [false, false, true, true])
        #expect(!health.mayStart(.zero, settings) && health.mayStart(Time(seconds: 5), settings))
        health.answered()
        #expect(health.failures == 0)
    }

    @Test func theFirstDeathsAreForgiven() {
        var health = EngineHealth()
        #expect(health.countDeath(at: .zero, settings) && health.failures == 0)
        #expect(!health.mayBegin(.zero) && health.mayBegin(Time(seconds: 1)))
        #expect(health.countDeath(at: .zero, settings) == false)
    }

    @Test func overrunsBarUntilForgotten() {
        var health = EngineHealth()
        health.countOverrun(at: .zero, settings)
        health.countOverrun(at: .zero, settings)
        #expect(health.isBarred(Time(seconds: 14)) && !health.isBarred(Time(seconds: 15)))
        health.forgetOverruns(at: Time(seconds: 1))
        #expect(health.mayBegin(Time(seconds: 1)))
    }

    @Test func unusableUntilReadAnew() {
        var health = EngineHealth()
        health.filesUnusable()
        #expect(!health.mayBegin(.zero) && !health.mayStart(.zero, settings))
        health.filesRead(at: .zero)
        #expect(health.mayBegin(.zero))
    }
}
