import EmberCore
import Testing

@testable import EmberServer

@Suite struct BodyRoomTests {
    private func room(total: Int, perTenant: Int, memory: Int = 1 << 40) -> BodyRoom {
        var limits = BodyLimits(total: total, perTenant: perTenant)
        limits.memory = memory
        return BodyRoom(limits)
    }

    @Test func whatIsTakenIsGivenBackOnce() throws {
        let room = room(total: 100, perTenant: 100)
        do {
            let lease = room.lease(for: 0)
            try lease.take(40)
            try lease.take(20)
            lease.moveToFile(50)
            #expect(room.use == BodyRoom.Use(requests: 1, bytes: 60, inMemory: 10, byTenant: [60]))
            withExtendedLifetime(lease) {}
        }
        #expect(room.use == BodyRoom.Use(requests: 0, bytes: 0, inMemory: 0, byTenant: [0]))
    }

    @Test func eachBoundHasItsOwnRefusalAndTakesNothing() throws {
        let room = room(total: 100, perTenant: 60, memory: 80)
        let (first, second) = (room.lease(for: 0), room.lease(for: 1))
        #expect(throws: BodyRoom.Full.never(limit: 60)) { try first.check(61) }
        try first.take(60)
        #expect(throws: BodyRoom.Full.tenant(limit: 60)) { try first.take(1) }
        #expect(throws: BodyRoom.Full.memory(limit: 80)) { try second.take(21, staysInMemory: true) }
        try second.take(40)
        #expect(throws: BodyRoom.Full.all(limit: 100)) { try second.take(1) }
        #expect(room.use.byTenant == [60, 40] && room.use.bytes == 100)
    }

    @Test func lookingTakesNothing() throws {
        let room = room(total: 100, perTenant: 100)
        let lease = room.lease(for: 3)
        for _ in 0..<10 { try lease.check(100) }
        #expect(room.use.bytes == 0)
    }

    @Test func manySmallBodiesWaitAtOnce() throws {
        let room = room(total: 200_000 << 10, perTenant: 100_000 << 10)
        var leases = (0..<100_000).map { room.lease(for: $0 % 7) }
        for lease in leases { try lease.take(1 << 10) }
        #expect(room.use.requests == 100_000 && room.use.bytes == 100_000 << 10)
        leases = []
        #expect(room.use.requests == 0 && room.use.bytes == 0 && room.use.inMemory == 0)
        #expect(room.use.byTenant.allSatisfy { $0 == 0 })
    }

    /// Never beyond a bound, whatever many threads do; nothing is left at the end.
    @Test(arguments: 0..<8)
    func randomUseByManyTasks(_ seed: UInt64) async throws {
        let room = room(total: 1000, perTenant: 400)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<16 {
                group.addTask {
                    var lots = SeededGenerator(seed: seed * 100 + UInt64(task))
                    for _ in 0..<200 {
                        let lease = room.lease(for: task % 4)
                        var held = 0
                        for _ in 0..<Int.random(in: 0...4, using: &lots) {
                            let bytes = Int.random(in: 1...300, using: &lots)
                            if (try? lease.take(bytes)) != nil { held += bytes }
                        }
                        if held > 0 { lease.moveToFile(Int.random(in: 0...held, using: &lots)) }
                        let use = room.use
                        #expect(use.bytes <= 1000 && use.byTenant.allSatisfy { $0 <= 400 }, "seed \(seed)")
                        #expect(use.bytes == use.byTenant.reduce(0, +) && use.inMemory <= use.bytes, "seed \(seed)")
                        await Task.yield()
                    }
                }
            }
        }
        #expect(room.use.requests == 0 && room.use.bytes == 0 && room.use.inMemory == 0, "seed \(seed)")
    }
}
