import EmberCore
import EmberSystem
import Foundation
import Testing

@testable import EmberSim

@Suite struct ResidencyProgramTests {
    /// Cloud 1 a request and nothing else but wrong answers, of which one costs 1: a request saves the accuracy,
    /// A = 0.5 + 0.25 log2(1 + kappa). Delta 1, window 3, a load costs 0.5.
    private func scenario(
        bytes: [Int] = [60, 50], memory: Int = 100, sharing: Sharing = .pairs, services: Int = 1,
        retention: ContextRetention = .lost, gain: Double = 0.25
    ) -> Scenario {
        let models = bytes.enumerated().map { index, bytes in
            ModelSpec(
                name: "m\(index)", residentBytes: Bytes(bytes), windowTokens: 300, parallel: .max,
                costs: CostRates(load: .constant(0.5), wrongAnswer: 1),
                accuracy: .boundedLog(zeroShot: 0.5, gain: gain, alpha: 1))
        }
        let specs = (0..<services).map { ServiceSpec(name: "s\($0)", vanishing: 1, demonstrationTokens: 100) }
        return Scenario(
            name: "test", summary: "", slots: 5,
            edge: EdgeServers(count: 1, memory: Bytes(memory), energyJoules: nil, retention: retention),
            catalogue: Catalogue(models: models, services: specs, sharing: sharing),
            workload: .matrix(Workload(slots: Array(repeating: [], count: 5))), events: nil, published: [], notes: [])
    }

    /// Requests of the pairs, slot by slot.
    private func workload(_ slots: [[Int]]) -> Workload {
        Workload(
            slots: slots.map { counts in
                counts.enumerated().compactMap { $1 > 0 ? Batch(pair: PairID($0), count: $1) : nil }
            })
    }

    private func stay(_ slots: Range<Int>, _ saving: Double, load: Double?, of instance: Int = 0)
        -> ResidencyProgram.Stay
    {
        ResidencyProgram.Stay(instance: InstanceID(instance), slots: slots, saving: saving, loadCost: load)
    }

    /// Without any saving the solver is not asked; other seeds have the same requests, and so the same bound.
    @Test func aMatrixIsSolvedOnceForAllSeeds() async throws {
        let nothing = Solver(program: "/nowhere/at/all", secondsLimit: 1, environment: [:], surroundings: .system)
        let bounds = try await OfflineBound.solve(scenario(), seeds: [1, 2, 3], jobs: 2, solver: nothing)
        #expect(bounds.count == 3 && bounds.allSatisfy { $0.systemCost == 0 })
    }

    /// kappa is 0, then 2 - 1 = 1 and, served or not, 0 again: a request saves 0.5, 0.75, 0.5.
    @Test func savingsAreThoseOfTheBestContext() {
        let program = ResidencyProgram(scenario(), workload([[0, 0], [2, 0], [2, 0], [0, 0], [0, 0], [4, 0]]))
        #expect(
            program.stays == [
                stay(1..<2, 1, load: 0.5),
                // A load in this slot loses 2 x 0.25 of context.
                stay(2..<3, 1.5, load: 1),
                // kappa falls from 2 to 0 here; nothing is served, so no model is loaded.
                stay(3..<5, 0, load: nil),
                stay(5..<6, 2, load: 0.5),
            ])
        #expect(program.cloudCost == 8)
    }

    @Test func keptContextIsNotLostByALoad() {
        let program = ResidencyProgram(scenario(retention: .kept), workload([[2, 0], [2, 0]]))
        #expect(program.stays == [stay(0..<1, 1, load: 0.5), stay(1..<2, 1.5, load: 0.5)])
    }

    /// The accuracy falls with context, so none is best: A = 0.5 throughout.
    @Test func lessContextCountsWhereItIsBetter() {
        let program = ResidencyProgram(scenario(gain: -0.25), workload([[2, 0], [2, 0]]))
        #expect(program.stays.map(\.saving) == [1, 1])
    }

    /// Of the pairs (s0, m0), (s0, m1), (s1, m0), (s1, m1) one instance serves the first and the third.
    @Test func anInstanceSavesForAllItsServices() {
        let program = ResidencyProgram(
            scenario(sharing: .instances, services: 2), workload([[2, 0, 4, 1], [0, 0, 1, 0]]))
        #expect(
            program.stays == [
                stay(0..<1, 3, load: 0.5), stay(1..<2, 1, load: 1),
                stay(0..<1, 0.5, load: 0.5, of: 1), stay(1..<2, 0, load: nil, of: 1),
            ])
    }

    @Test func whatNeverFitsIsLeftOut() {
        let program = ResidencyProgram(scenario(bytes: [101, 50]), workload([[2, 2]]))
        #expect(program.stays == [stay(0..<1, 1, load: 0.5, of: 1)])
    }

    @Test func theFileIsTheProgram() throws {
        // Savings of 1, 0.5 and 0.5: the unit is 2 / 3.
        let program = ResidencyProgram(scenario(), workload([[2, 1], [0, 1]]))
        #expect(program.unit == 2.0 / 3)
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).lp")
        defer { try? FileManager.default.removeItem(at: file) }
        try program.write(to: SystemFiles().open(file.path, for: .making(isPrivate: true)), isInteger: true)
        let lines = [
            "minimize", " cost:", " -1.5 x0", " +0.75 y0", " -0.75 x2", " +0.75 y2", " -0.75 x3", " +0.75 y3",
            "subject to", " x0 - y0 <= 0", " x1 - x0 <= 0", " x2 - y2 <= 0", " x3 - x2 - y3 <= 0",
            " +600.0 x0", " +500.0 x2", " <= 1000.0", " +600.0 x1", " +500.0 x3", " <= 1000.0",
            "bounds", " x0 <= 1", " x1 <= 1", " x2 <= 1", " x3 <= 1", "binary", " x0", " x1", " x2", " x3", "end",
        ]
        #expect(try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init) == lines)
    }

    /// 60 and 50 bytes do not fit together: the surer one stays, and where both are as sure, the first.
    @Test func fractionsAreRoundedToWhatFits() {
        let scenario = scenario()
        let program = ResidencyProgram(scenario, workload([[1, 1], [1, 1], [1, 1], [1, 0]]))
        var schedule = ResidentSchedule(
            program, [0.5, 0.6, 0.4, 1, 0.5, 0.7, 0.49, 0], catalogue: scenario.catalogue, memory: scenario.edge.memory)
        let residents = (0..<4).map { _ in schedule.next() }
        #expect(residents == [[true, false], [false, true], [false, false], [true, false]])
    }

    /// One point alone has 0.9; below it the line from 0.5 counts.
    @Test(arguments: [(0.0, 0.5), (1, 0.7), (2, 0.9), (3, 0.9), (100, 0.9)])
    func theBestOfATableIsAtAnyPointSoFar(kappa: Double, accuracy: Double) {
        let table = AccuracyModel.measured([
            AccuracyPoint(examples: 0, accuracy: 0.5), AccuracyPoint(examples: 2, accuracy: 0.9),
            AccuracyPoint(examples: 8, accuracy: 0.6),
        ])
        #expect(abs(table.best(upTo: kappa) - accuracy) < 1e-12)
    }
}
