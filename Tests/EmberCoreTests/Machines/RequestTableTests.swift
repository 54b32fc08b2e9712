import Testing

@testable import EmberCore

/// The owner of the records of live requests.
@Suite struct RequestTableTests {
    /// Three requests that run in life 1 of instance 0; the fourth in life 0, the fifth elsewhere.
    private func table() -> RequestTable {
        var table = RequestTable()
        for id in 0..<5 {
            var record = RequestRecord(
                service: service(0), instance: instance(id == 4 ? 1 : 0), model: ModelID(0), offloadable: true,
                count: 1, arrival: .zero, terms: RequestTerms(),
                limits: RequestRecord.Limits(due: .zero, latest: .zero))
            record.dispatched(at: .zero, life: id == 3 ? 0 : 1, accuracy: 1)
            table.insert(request(id), record)
        }
        return table
    }

    @Test func anIdIsFreeOnceItsRequestHasEnded() {
        var table = table()
        #expect(table.live == 5 && table.isLive(request(2)) && !table.isLive(request(7)))
        table.remove(request(2))
        #expect(table.live == 4 && !table.isLive(request(2)))
        #expect(table.liveRequests.map(\.index) == [0, 1, 3, 4])
    }

    @Test func onlyTheRequestsOfALifeAreSuspectedOfItsDeath() {
        var table = table()
        table.countDeath(on: instance(0), life: 1)
        #expect((0..<5).map { table[request($0)].tries.deaths } == [1, 1, 1, 0, 0])
    }

    @Test func aRequestThatRanAloneNeedsTooMuch() {
        var table = table()
        table.countOverrun(on: instance(0), life: 1, exceedsRoom: true)
        #expect(!table[request(0)].tries.needsTooMuch, "it ran beside others")
        for id in 1..<3 { table.remove(request(id)) }
        table.countOverrun(on: instance(0), life: 1, exceedsRoom: false)
        #expect(table[request(0)].tries.needsTooMuch, "for the second time")
        table.countOverrun(on: instance(1), life: 1, exceedsRoom: false)
        #expect(!table[request(4)].tries.needsTooMuch, "a new life may have room for it")
        table.countOverrun(on: instance(0), life: 0, exceedsRoom: true)
        #expect(table[request(3)].tries.needsTooMuch)
    }

    /// The cloud needs its time before the deadline, if it can still make it.
    @Test func aRequestIsDueBeforeItsDeadlineWhereTheCloudMayAnswer() {
        var settings = PlannerSettings(budget: .zero)
        settings.queue.maxWaitSeconds = 20
        let now = Time(seconds: 10)
        func due(_ deadline: Double?, _ cloud: Double?) -> Double {
            RequestRecord.Limits(RequestTerms(deadlineSeconds: deadline), at: now, cloud, settings).due.seconds
        }
        #expect(due(nil, 3) == 30 && due(8, nil) == 18 && due(8, 3) == 15 && due(2, 3) == 12 && due(50, 3) == 27)
    }
}
