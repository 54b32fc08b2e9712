import Testing

@testable import EmberCore

/// The owner of requests and effects: where requests go, without a planner and a policy.
@Suite struct DispatcherTests {
    /// A resident of two slots, and an absent model.
    private func edge(_ adjust: (inout PlannerSettings) -> Void = { _ in }) -> EdgeState {
        var settings = PlannerSettings(budget: Bytes(100))
        adjust(&settings)
        var edge = EdgeState(catalogue: plainCatalogue(bytes: [60, 70], parallel: 2), settings: settings)
        edge.memory.reserve(instance(0))
        #expect(edge.memory.beginLoad(at: .zero) == instance(0))
        edge.finishLoad(of: instance(0))
        return edge
    }

    private func record(
        _ terms: RequestTerms = RequestTerms(), model: Int = 0, offloadable: Bool = false
    ) -> RequestRecord {
        RequestRecord(
            service: service(0), instance: instance(model), model: ModelID(model), offloadable: offloadable, count: 1,
            arrival: .zero, terms: terms,
            limits: RequestRecord.Limits(terms, at: .zero, nil, PlannerSettings(budget: .zero)))
    }

    private func dispatcher(_ records: RequestRecord...) -> Dispatcher {
        var dispatcher = Dispatcher(RequestTable())
        for (id, record) in records.enumerated() { dispatcher.requests.insert(request(id), record) }
        return dispatcher
    }

    @Test func requestsRunWhileSlotsAreFreeAndWaitThen() {
        var edge = edge()
        var dispatcher = dispatcher(record(), record(), record())
        for id in 0..<3 { dispatcher.runOrEnqueue(request(id), &edge) }
        #expect(
            dispatcher.effects == [
                .dispatch(request(0), instance(0)), .dispatch(request(1), instance(0)), .enqueue(request(2)),
            ])
        #expect(edge[instance(0)].inFlight == 2 && edge.waiting(for: instance(0)) == 1)
        dispatcher.runWaiting(&edge)
        #expect(dispatcher.effects.count == 3, "no slot is free")
        #expect(dispatcher.finish(request(1), tokens: 5, bill: 0, work: nil, &edge) == nil)
        dispatcher.runWaiting(&edge)
        #expect(dispatcher.effects.last == .dispatch(request(2), instance(0)) && edge.waiting == 0)
        #expect(edge.ledger.edgeRequests == 1)
    }

    @Test func aSuspectRunsAlone() {
        var edge = edge()
        var dispatcher = dispatcher(
            record(RequestTerms(deaths: 1)), record(), record(RequestTerms(deaths: 1)))
        #expect(dispatcher.run(request(0), &edge) == true)
        #expect(dispatcher.run(request(1), &edge) == false)
        _ = dispatcher.finish(request(0), tokens: 0, bill: 0, work: nil, &edge)
        #expect(dispatcher.run(request(1), &edge) == true)
        #expect(dispatcher.run(request(2), &edge) == false)
    }

    /// The dispatcher reports that the last request of a draining resident has ended; the planner unloads it.
    @Test func theLastRequestOfADrainingResidentIsReported() {
        var edge = edge()
        var dispatcher = dispatcher(record(), record(), record())
        for id in 0..<3 { dispatcher.runOrEnqueue(request(id), &edge) }
        #expect(edge.memory.drain(instance(0), for: instance(1), .evicted(for: instance(1))) == false)
        #expect(dispatcher.finish(request(0), tokens: 0, bill: 0, work: nil, &edge) == nil)
        #expect(dispatcher.cancel(request(2), &edge) == nil, "it waited")
        #expect(dispatcher.fail(request(1), retryable: false, &edge) == instance(0))
        #expect(dispatcher.finish(request(1), tokens: 0, bill: 0, work: nil, &edge) == nil, "it has ended")
        #expect(dispatcher.requests.live == 0)
    }

    @Test func aRequestIsTriedAgainAsOftenAsTheLimitSays() {
        var edge = edge { $0.failures.retryLimit = 1 }
        var dispatcher = dispatcher(record())
        #expect(dispatcher.run(request(0), &edge) == true)
        #expect(dispatcher.fail(request(0), retryable: true, &edge) == nil)
        dispatcher.runWaiting(&edge)
        #expect(dispatcher.fail(request(0), retryable: true, &edge) == nil)
        #expect(
            dispatcher.effects == [
                .dispatch(request(0), instance(0)), .enqueue(request(0)), .dispatch(request(0), instance(0)),
                .reject(request(0), .engineFailed),
            ])
    }

    @Test func theCloudsFailureBringsARequestBackOnce() {
        var edge = edge { $0.failures.retryLimit = 1 }
        var dispatcher = dispatcher(record(offloadable: true), record())
        #expect(dispatcher.comeBack(request(1), &edge) == false, "it is not in the cloud")
        #expect(dispatcher.requests.isLive(request(1)))
        dispatcher.offload(request(0), .draining, edge)
        #expect(dispatcher.comeBack(request(0), &edge) == true)
        #expect(!dispatcher[request(0)].offloadable)
        dispatcher.turnAway(request(0), .engineFailed, .engineFailed, &edge)
        #expect(dispatcher.effects.last == .reject(request(0), .engineFailed))
    }

    @Test func overdueRequestsLeaveAndTheirReservationWithThem() {
        var edge = edge { $0.budget = Bytes(130) }
        edge.memory.reserve(instance(1))
        var dispatcher = dispatcher(
            record(RequestTerms(deadlineSeconds: 2), model: 1),
            record(RequestTerms(deadlineSeconds: 3), model: 1, offloadable: true))
        for id in 0..<2 { dispatcher.enqueue(request(id), &edge) }
        edge.now = Time(seconds: 2)
        dispatcher.endOverdue(&edge)
        #expect(edge[instance(1)].phase == .reserved && edge.waiting == 1)
        edge.now = Time(seconds: 3)
        dispatcher.endOverdue(&edge)
        #expect(
            dispatcher.effects.suffix(2) == [.reject(request(0), .deadline), .offload(request(1), .deadline)])
        #expect(edge[instance(1)].phase == .absent && edge.committed == Bytes(60))
    }

    @Test func aQueueIsRefusedOrOffloaded() {
        var edge = edge()
        var dispatcher = dispatcher(
            record(model: 1, offloadable: true), record(model: 1),
            record(model: 1, offloadable: true))
        for id in 0..<2 { dispatcher.enqueue(request(id), &edge) }
        dispatcher.offloadQueue(of: instance(1), .engineFailed, &edge)
        #expect(edge.room.requests(for: instance(1)) == [request(1)])
        dispatcher.enqueue(request(2), &edge)
        dispatcher.refuseQueue(of: instance(1), .unloaded, .unloaded, &edge)
        #expect(
            dispatcher.effects.suffix(2) == [.reject(request(1), .unloaded), .offload(request(2), .unloaded)])
        #expect(edge.waiting == 0)
    }
}
