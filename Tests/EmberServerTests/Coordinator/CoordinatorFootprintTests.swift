import EmberCore
import Foundation
import Testing

@testable import EmberServer

/// Engines that are measured. The tests' own process stands for theirs, and takes more than any small budget.
@Suite struct CoordinatorFootprintTests {
    private static let process = ProcessInfo.processInfo.processIdentifier

    /// Of a model of 60 bytes, which has not come back by the time that a test looks.
    private func station(budget: Int) throws -> Station {
        try Station([edgeModel("m", bytes: 60)], budget: budget) { $0.failures.backoffSeconds = 600 }
    }

    /// An engine that has run nothing yet, and whose memory cannot be seen yet.
    private func loaded(budget: Int) async throws -> (station: Station, engine: FakeEngine) {
        let station = try station(budget: budget)
        await station.coordinator.load(station.id("m"))
        #expect(await station.becomes(.loaded, "m"))
        return (station, try #require(station.starter.engines.first))
    }

    @Test func anEngineThatTakesTooMuchIsEnded() async throws {
        let (station, engine) = try await loaded(budget: 100)
        await station.coordinator.within { await $0.engines.measureFootprints(for: $0) }
        #expect(!engine.hasEnded)
        engine.setProcess(Self.process)
        // It has never taken too much before.
        #expect(await !station.coordinator.within { $0.engines.hasTrials(for: $0) })
        await station.coordinator.within { await $0.engines.measureFootprints(onlyOnTrial: true, for: $0) }
        #expect(!engine.hasEnded)
        await station.coordinator.within { await $0.engines.measureFootprints(for: $0) }
        #expect(engine.hasEnded && engine.overBudgetCalls == 1)
        let view = await station.view(of: "m")
        #expect(
            view.status == .failed && view.engine.failure?.contains("it took") == true,
            "\(view.engine.failure ?? "none")")
        #expect(station.audit.violations == [])
    }

    /// One that is expected to take all that there is, as one that has taken too much before.
    @Test func anEngineOnTrialIsMeasuredInBetween() async throws {
        let (station, engine) = try await loaded(budget: 60)
        #expect(await station.coordinator.within { $0.engines.hasTrials(for: $0) })
        engine.setProcess(Self.process)
        await station.coordinator.within { await $0.engines.measureFootprints(onlyOnTrial: true, for: $0) }
        #expect(engine.hasEnded)
        #expect(await !station.coordinator.within { $0.engines.hasTrials(for: $0) })
        #expect(station.audit.violations == [])
    }

    @Test func oneThatIsJustEndedIsNotEndedAgain() async throws {
        let station = try station(budget: 100)
        let gate = station.starter.holdStops(of: "m")
        let (ticket, outcome) = await station.run("m")
        await station.coordinator.finish(ticket, tokens: 0)
        let engine = try #require(outcome.engine)
        engine.setProcess(Self.process)
        let first = Task { await station.coordinator.within { await $0.engines.measureFootprints(for: $0) } }
        #expect(await eventually { engine.overBudgetCalls == 1 })
        let second: ()? = await value {
            await station.coordinator.within { await $0.engines.measureFootprints(for: $0) }
        }
        #expect(second != nil && engine.overBudgetCalls == 1)
        gate.open()
        await first.value
        #expect(engine.hasEnded && station.audit.violations == [])
    }

    @Test func whatIsMeasuredCounts() async throws {
        let (station, engine) = try await loaded(budget: 1 << 50)
        #expect(await station.view(of: "m").memory.measuredBytes == nil)
        engine.setProcess(Self.process)
        await station.coordinator.within { await $0.engines.measureFootprints(for: $0) }
        let view = await station.view(of: "m")
        #expect(try #require(view.memory.measuredBytes) > 1 << 20 && view.memory.footprintBytes > 1 << 20)
        #expect(!engine.hasEnded && view.engine.failure == nil)
    }

    @Test(arguments: [100, 1 << 50]) func aLoadCountsWithWhatItTakes(budget: Int) async throws {
        let station = try station(budget: budget)
        station.starter.setProcess(Self.process, "m")
        await station.coordinator.load(station.id("m"))
        let fits = budget > 100
        #expect(await station.becomes(fits ? .loaded : .failed, "m"))
        #expect(station.starter.engines.first?.overBudgetCalls == (fits ? 0 : 1))
        #expect(await station.view(of: "m").memory.restingBytes > (fits ? 1 << 20 : 0))
    }
}
