import EmberConfig
import EmberCore
import Testing

@testable import EmberServer

/// What a made-up counter says, told to the planner.
@Suite struct CoordinatorEnergyTests {
    private let files: TestFiles

    init() throws {
        files = try TestFiles()
        try files.write("package-0\n".utf8, to: "intel-rapl:0/name")
        try files.write("262143000000\n".utf8, to: "intel-rapl:0/max_energy_range_uj")
        try show(joules: 100)
    }

    private func show(joules: Int) throws {
        try files.write("\(joules)000000\n".utf8, to: "intel-rapl:0/energy_uj")
    }

    private func station(budget: Double? = nil) throws -> Station {
        let energy = EnergyKeeper(
            source: .rapl, device: .ram, folder: files.path, logger: quietLogger, surroundings: .system)
        return try Station([edgeModel("m")], energy: energy) { $0.energy.budget = budget }
    }

    /// What the state shows once the counter stands at `joules` and has been read.
    private func told(_ station: Station, at joules: Int) async throws -> Double {
        try show(joules: joules)
        await station.coordinator.measureEnergy()
        return await station.coordinator.state().cost.joules
    }

    @Test func withoutABudgetOnlyWorkIsTold() async throws {
        let station = try station()
        #expect(await station.coordinator.state().cost.joulesSource == .modelled)
        #expect(try await told(station, at: 101) == 1)
        #expect(await station.coordinator.state().cost.joulesSource == .measured)
        #expect(try await told(station, at: 105) == 1)
        let run = await station.run("m")
        #expect(try await told(station, at: 112) == 8)
        #expect(try await told(station, at: 112) == 8)
        await station.coordinator.finish(run.ticket, tokens: 5)
        #expect(try await told(station, at: 120) == 16)
        #expect(try await told(station, at: 200) == 16)
    }

    @Test func withABudgetEverythingIsTold() async throws {
        let station = try station(budget: 1000)
        #expect(try await told(station, at: 101) == 1)
        #expect(try await told(station, at: 105) == 5)
    }

    @Test func whatCannotBeReadStaysModelled() throws {
        #expect(
            EnergyKeeper(
                source: .modelled, device: .ram, folder: files.path, logger: quietLogger, surroundings: .system) == nil)
        try files.write([], to: "intel-rapl:0/energy_uj")
        #expect(
            EnergyKeeper(source: .auto, device: .ram, folder: files.path, logger: quietLogger, surroundings: .system)
                == nil)
    }
}
