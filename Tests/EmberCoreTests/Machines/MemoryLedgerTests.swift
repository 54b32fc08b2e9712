import Testing

@testable import EmberCore

/// The owner of phases, footprints and totals, without a planner.
@Suite struct MemoryLedgerTests {
    private func ledger(_ bytes: [Int], budget: Int = 100) -> (MemoryLedger, Catalogue) {
        let catalogue = plainCatalogue(bytes: bytes)
        return (MemoryLedger(catalogue, budget: Bytes(budget)), catalogue)
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
        #expect(memory.occupied == Bytes(90) && memory.free == Bytes(10))
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
    @Test func totalsAreAlwaysTheSums() {
        for seed in seeds(8) {
            var lots = SeededGenerator(seed: seed)
            var (memory, catalogue) = ledger((0..<7).map { _ in lots.whole(1...60) })
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
        case 0 where phase == .absent || (phase == .leaving && !memory[id].isReturning): memory.reserve(id)
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
