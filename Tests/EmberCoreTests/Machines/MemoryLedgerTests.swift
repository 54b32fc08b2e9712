import Testing

@testable import EmberCore

/// The owner of phases, footprints and totals, without a planner.
@Suite struct MemoryLedgerTests {
    private func ledger(_ bytes: [Int], budget: Int = 100) -> (MemoryLedger, Catalogue) {
        let catalogue = plainCatalogue(bytes: bytes)
        return (MemoryLedger(catalogue, budgets: [Bytes(budget)]), catalogue)
    }

    @Test func aLoadGoesThroughItsPhases() {
        var (memory, _) = ledger([60])
        let id = InstanceID(0)
        memory.reserve(id)
        #expect(memory[id].phase == .reserved && memory.committed == Bytes(60) && memory.occupied == .zero)
        #expect(memory.beginLoad(at: Time(seconds: 1)) == id)
        #expect(memory.beginLoad(at: Time(seconds: 1)) == nil)
        #expect(memory[id].phase == .loading && memory.occupied == Bytes(60))
        #expect(memory.land(id, at: Time(seconds: 3)) == true)
        #expect(memory.land(id, at: Time(seconds: 4)) == false)
        #expect(memory[id].phase == .resident && memory[id].loadedAt == Time(seconds: 3))
        #expect(memory.drain(id, for: id, .requested) == true)
        #expect(memory.committed == .zero && memory.occupied == Bytes(60))
        memory.leave(id)
        #expect(memory.freeMemory(of: id) == true)
        #expect(memory.freeMemory(of: id) == false)
        #expect(memory[id].phase == .absent && memory.occupied == .zero)
    }

    /// The second load waits until the first's victim has left; a smaller one may begin before it.
    @Test func loadsBeginOnceTheirMemoryIsFree() {
        var (memory, _) = ledger([80, 90, 10])
        load(InstanceID(0), &memory)
        #expect(memory.drain(InstanceID(0), for: InstanceID(1), .evicted(for: InstanceID(1))) == true)
        memory.leave(InstanceID(0))
        memory.reserve(InstanceID(1))
        memory.reserve(InstanceID(2))
        #expect(memory.beginLoad(at: .zero) == InstanceID(2))
        #expect(memory.beginLoad(at: .zero) == nil)
        #expect(memory.freeMemory(of: InstanceID(0)) == true)
        #expect(memory.beginLoad(at: .zero) == InstanceID(1))
        #expect(memory.reserved.isEmpty)
    }

    @Test func aWithdrawnReservationReinstatesWhatDrainsForIt() {
        var (memory, _) = ledger([60, 50, 30])
        load(InstanceID(0), &memory)
        memory.requestBegan(on: InstanceID(0), isSuspect: false, at: .zero)
        #expect(memory.drain(InstanceID(0), for: InstanceID(1), .evicted(for: InstanceID(1))) == false)
        memory.reserve(InstanceID(1))
        memory.withdraw(InstanceID(1))
        #expect(memory[InstanceID(0)].isInService && memory.committed == Bytes(60))
        #expect(memory[InstanceID(1)].phase == .absent)
    }

    @Test func aLeavingInstanceComesBack() {
        var (memory, _) = ledger([60])
        let id = InstanceID(0)
        load(id, &memory)
        memory.leave(id)
        memory.reserve(id)
        #expect(memory[id].isReturning && memory.committed == Bytes(60))
        #expect(memory.beginLoad(at: .zero) == nil)
        #expect(memory.freeMemory(of: id) == true)
        #expect(memory.beginLoad(at: .zero) == id)
    }

    @Test func requestsBesideTheFirstTakeTheirPeaks() {
        var (memory, catalogue) = ledger([60])
        let id = InstanceID(0)
        memory.correct(id, resting: Bytes(60), peak: Bytes(15), catalogue)
        load(id, &memory)
        #expect(memory.occupied == Bytes(75))
        for _ in 0..<2 {
            #expect(memory.hasMemoryForRequest(on: id))
            memory.requestBegan(on: id, isSuspect: false, at: .zero)
        }
        #expect(memory.occupied == Bytes(90) && memory.totals.needed == Bytes(90))
        #expect(!memory.hasMemoryForRequest(on: id))
        #expect(memory.requestEnded(on: id, at: .zero) == false)
        #expect(memory.occupied == Bytes(75))
    }

    /// What an absent instance is expected to take is cut to its room, what a resident was measured to take is not.
    @Test func onlyExpectationsAreCut() {
        var (memory, catalogue) = ledger([60])
        let id = InstanceID(0)
        memory.correct(id, resting: Bytes(130), peak: Bytes(30), catalogue)
        #expect(memory[id].resting == Bytes(100) && memory[id].peak == .zero)
        load(id, &memory)
        memory.correct(id, resting: Bytes(130), peak: .zero, catalogue)
        #expect(memory[id].resting == Bytes(130) && memory.isOvercommitted)
    }

    /// Whatever is done in whatever order: the totals are the sums, and all that changed is noted.
    @Test(arguments: [[100], [60, 40], [50, 20, 30]])
    func totalsAreAlwaysTheSums(budgets: [Int]) {
        for seed in seeds(8) {
            var lots = SeededGenerator(seed: seed)
            let catalogue = plainCatalogue(bytes: (0..<7).map { _ in lots.whole(1...60) })
            var memory = MemoryLedger(catalogue, budgets: budgets.map { Bytes($0) })
            for step in 0..<400 {
                let id = InstanceID(lots.whole(0...6))
                let before = memory
                act(lots.whole(0...9), id, &memory, catalogue, &lots)
                #expect(memory.brokenPromises() == [], "seed \(seed), step \(step)")
                var noted: Set<InstanceID> = []
                while let change = memory.changed.removeNext() { noted.insert(change.instance) }
                for other in memory.instances.indices.map({ InstanceID($0) })
                where memory[other].isInService != before[other].isInService
                    || memory[other].footprint != before[other].footprint
                {
                    #expect(noted.contains(other), "seed \(seed), step \(step): \(other) is not noted")
                }
            }
        }
    }

    private func act(
        _ action: Int, _ id: InstanceID, _ memory: inout MemoryLedger, _ catalogue: Catalogue,
        _ lots: inout SeededGenerator
    ) {
        let phase = memory[id].phase
        switch action {
        case 0 where phase == .absent || (phase == .leaving && !memory[id].isReturning):
            memory.reserve(
                id, in: memory.devices?.candidates(for: id, memory.instances, catalogue).randomElement(using: &lots))
        case 1 where phase == .reserved || memory[id].isReturning: memory.withdraw(id)
        case 2: _ = memory.beginLoad(at: .zero)
        case 3: _ = memory.land(id, at: .zero)
        case 4 where phase == .loading || phase == .resident: memory.lose(id)
        case 5 where memory[id].isInService:
            let newcomer = InstanceID(lots.whole(0...6))
            if memory.drain(id, for: newcomer, .idle), lots.happens(0.5) { memory.leave(id) }
        case 6 where phase == .resident && memory[id].inFlight == 0: memory.leave(id)
        case 7: _ = memory.freeMemory(of: id)
        case 8 where phase == .resident:
            if memory[id].inFlight > 0, lots.happens(0.5) {
                _ = memory.requestEnded(on: id, at: .zero)
            } else {
                memory.requestBegan(on: id, isSuspect: false, at: .zero)
            }
        case 9:
            memory.correct(
                id, resting: Bytes(lots.whole(0...120)), peak: Bytes(lots.whole(0...30)), catalogue)
        default: break
        }
    }

    private func load(_ id: InstanceID, _ memory: inout MemoryLedger) {
        memory.reserve(id)
        #expect(memory.beginLoad(at: .zero) == id)
        #expect(memory.land(id, at: .zero) == true)
    }
}

/// Shares of amounts.
@Suite struct DeviceLayoutTests {
    private func layout(_ split: [Int]) -> DeviceLayout {
        var model = ModelSpec(name: "m")
        model.devices = DeviceRule(devices: Array(split.indices), split: split)
        return DeviceLayout.all(of: model, split.map { _ in Bytes(1) })[0]
    }

    @Test func sharesAreRoundedUp() {
        let layout = layout([1, 2])
        #expect([0, 1, 3, 4].map { layout.share(of: Bytes($0), layout.parts[0]).count } == [0, 1, 1, 2])
        #expect([0, 1, 3, 4].map { layout.share(of: Bytes($0), layout.parts[1]).count } == [0, 1, 2, 3])
    }

    /// Of 10 the first device would have 4; products that are too large for a word are none here.
    @Test func theLargestAmountIsTheLastThatFits() {
        #expect(layout([1, 2]).largest(within: [Bytes(3), Bytes(100)]) == Bytes(9))
        #expect(layout([1, 2]).largest(within: [Bytes(100), Bytes(-1)]) == Bytes(-1))
        #expect(layout([1, 1_000_000]).largest(within: [Bytes(1 << 50), Bytes(5)]) == Bytes(5))
        #expect(layout([1]).largest(within: [Bytes(7)]) == Bytes(7))
        var lots = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            let layout = layout((0..<lots.whole(1...3)).map { _ in lots.whole(1...9) })
            let free = layout.parts.map { _ in Bytes(lots.whole(0...40)) }
            let fitting = (0...1000).last { amount in
                layout.parts.allSatisfy { layout.share(of: Bytes(amount), $0) <= free[$0.device] }
            }
            #expect(layout.largest(within: free).count == fitting)
        }
    }

    @Test func whereAModelMayBe() {
        func devices(_ rule: DeviceRule?, _ budgets: [Int] = [10, 0, 20]) -> [[Int]] {
            var model = ModelSpec(name: "m")
            model.devices = rule
            return DeviceLayout.all(of: model, budgets.map { Bytes($0) }).map { $0.parts.map(\.device) }
        }
        // A device without a budget is none.
        #expect(devices(nil) == [[0], [2], [0, 2]])
        #expect(devices(DeviceRule(mayDivide: false)) == [[0], [2]])
        #expect(devices(DeviceRule(devices: [2, 1])) == [[2]])
        #expect(devices(DeviceRule(devices: [2, 0], split: [1, 3])) == [[2, 0]])
        #expect(devices(DeviceRule(devices: [0, 1], split: [1, 3])) == [])
        #expect(devices(DeviceRule(devices: [7])) == [])
    }
}
