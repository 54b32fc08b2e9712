import EmberCore
import EmberTestSupport
import Testing

@testable import EmberServer

/// A planner that wants to be woken at given times, one an event.
private struct WakingPlanner: Planning {
    var base: any Planning
    var wakes: [Double]
    var nextWake: Time?

    mutating func handle(_ event: Event, at now: Time, into effects: inout [Effect]) {
        nextWake = wakes.isEmpty ? nil : Time(seconds: wakes.removeFirst())
    }

    var edge: EdgeState { base.edge }
    var state: PlannerState { base.state }
    mutating func takeDecisions() -> [Decision] { [] }
    func isLive(_ request: RequestID) -> Bool { false }
    func brokenInvariants() -> [String] { [] }
    func encode(to encoder: any Encoder) throws { try base.encode(to: encoder) }
}

@Suite struct PlannerDriverTests {
    private func driver(_ wakes: [Double]) throws -> PlannerDriver {
        let deployment = Deployment(models: [edgeModel("m")], services: [ServiceSpec(name: "default")])
        let entry = try #require(PolicyCatalog.entry(named: "lru"))
        let base = entry.planner(for: deployment.catalogue, settings: PlannerSettings(budget: Bytes(100)))
        return PlannerDriver(
            WakingPlanner(base: base, wakes: wakes), PolicyChoice(name: "lru", seed: 1), nil,
            RunClock(HandClock().time()))
    }

    /// One task sleeps at most, and for the earliest of the times that the planner has named.
    @Test func theEarliestWakeCounts() throws {
        var driver = try driver([2000, 3000, 1000])
        var (alarms, times): ([Task<Void, Never>], [Double]) = ([], [])
        for _ in 0..<3 {
            _ = driver.handle(.tick)
            driver.wake { wake, seconds in
                times.append(wake.seconds)
                #expect(seconds == wake.seconds)
                let alarm = Task<Void, Never> { _ = try? await Task.sleep(for: .seconds(3600)) }
                alarms.append(alarm)
                return alarm
            }
        }
        #expect(times == [2000, 1000])
        #expect(alarms.map(\.isCancelled) == [true, false])
        #expect(driver.isDue(Time(seconds: 2000)) == false)
        #expect(driver.isDue(Time(seconds: 1000)) == true)
        #expect(driver.isDue(Time(seconds: 1000)) == false)
        for alarm in alarms { alarm.cancel() }
    }

    @Test func withoutAWakeNothingSleeps() throws {
        var driver = try driver([])
        _ = driver.handle(.tick)
        driver.wake { _, _ in
            Issue.record("nothing is due")
            return Task {}
        }
    }

    /// A time that has passed is due at once.
    @Test func aWakeInThePastIsDueNow() throws {
        var driver = try driver([0])
        _ = driver.handle(.tick)
        var seconds: Double?
        driver.wake { _, wait in
            seconds = wait
            return Task {}
        }
        #expect(seconds == 0 && driver.isDue(.zero) == true)
    }
}
