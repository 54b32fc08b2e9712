import EmberCore
import Testing

/// What happens when engines fail, clients go and measurements surprise: scripts with exact effects.
@Suite struct RecoveryGoldens {
    private var settings: PlannerSettings {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.patienceSeconds = 5
        settings.queue.residencyPerLoad = 1
        settings.failures.retryLimit = 1
        settings.failures.failureLimit = 3
        settings.failures.backoffSeconds = 1
        return settings
    }

    /// Instance 0 resident, running request 0 at 1 s.
    private func busy(
        _ settings: PlannerSettings, bytes: [Int] = [60, 60], parallel: Int = 1
    ) throws -> Script {
        var script = try Script("lru", plainCatalogue(bytes: bytes, parallel: parallel), settings)
        script.load(0, 0)
        script.ask(1, 0, offloadable: false)
        return script
    }

    @Test func aRetryFindsTheEngineAlreadyBack() throws {
        var script = try busy(settings)
        #expect(script.at(2, .engineDied(instance(0))) == [])
        #expect(script.at(2.5, .loadRequested(instance(0))) == [.beginLoad(instance(0))])
        script.at(3, .loadFinished(instance(0)))
        // The word about the dead engine comes late; the new one has a free slot.
        #expect(
            script.at(4, .requestFailed(request(0), retryable: true)) == [
                .enqueue(request(0)), .dispatch(request(0), instance(0)),
            ])
    }

    @Test func retriesKeepTheOrderOfArrival() throws {
        var script = try busy(settings, parallel: 2)
        script.ask(2, 0, offloadable: false)
        script.ask(3, 0, offloadable: false)
        script.at(4, .engineDied(instance(0)))
        for index in [0, 1] { script.at(4, .requestFailed(request(index), retryable: true)) }
        #expect(script.at(5, .tick) == [.beginLoad(instance(0))])
        #expect(
            script.at(6, .loadFinished(instance(0))) == [
                .dispatch(request(0), instance(0)),
                .dispatch(request(1), instance(0)),
            ])
    }

    @Test func failuresBackOffAndThenRefuse() throws {
        var script = try Script("lru", plainCatalogue(bytes: [60]), settings)
        // One failure: 1 s. The offloadable request goes, the other waits.
        script.ask(0, 0, offloadable: false)
        script.ask(0, 0)
        #expect(script.at(1, .loadFailed(instance(0))) == [.offload(request(1), .engineFailed)])
        #expect(script.ask(1.5, 0) == [.offload(request(2), .engineFailed)])
        #expect(script.planner.nextWake == Time(seconds: 2))
        // Two: 2 s. Three: 4 s, and from now on no request waits.
        #expect(script.at(2, .tick) == [.beginLoad(instance(0))])
        #expect(script.at(2, .loadFailed(instance(0))) == [])
        #expect(script.at(4, .tick) == [.beginLoad(instance(0))])
        #expect(script.at(5, .loadFailed(instance(0))) == [.reject(request(0), .modelFailed)])
        #expect(script.ask(8.9, 0, offloadable: false) == [.reject(request(3), .modelFailed)])
        // After the backoff the next request is a trial.
        #expect(script.ask(9, 0, offloadable: false) == [.enqueue(request(4)), .beginLoad(instance(0))])
    }

    @Test func nothingIsEvictedForARequestThatFindsNoPlace() throws {
        var settings = settings
        settings.queue.limit = 1
        var script = try busy(settings, bytes: [30, 60, 60])
        script.load(1, 1)
        // Request 1 waits for the busy model 0 and fills the waiting room.
        script.ask(2, 0, offloadable: false)
        #expect(script.ask(3, 2) == [.offload(request(2), .queueFull)])
        #expect(script.edge[instance(1)].phase == .resident)
    }

    @Test func aMeasuredExcessIsShedEvenWhenNewlyLoaded() throws {
        var script = try Script("lru", plainCatalogue(bytes: [40, 40]), settings)
        script.load(0, 0)
        script.at(1, .loadRequested(instance(1)))
        script.at(11, .loadFinished(instance(1)))
        // Model 1 is protected until 21 s; model 0 was never asked for, so both score 0 and the lower id goes first.
        #expect(
            script.at(12, .footprintMeasured(instance(1), Bytes(120))) == [
                .beginUnload(instance(0), .overBudget), .beginUnload(instance(1), .overBudget),
            ])
        #expect(script.ask(13, 1, offloadable: false) == [.enqueue(request(0))])
        script.at(14, .unloadFinished(instance(0)))
        // 40 were estimated: what was learnt keeps it from others, but does not keep it out.
        #expect(script.at(14, .unloadFinished(instance(1))) == [.beginLoad(instance(1))])
        #expect(script.edge[instance(1)].footprint == Bytes(100))
    }

    /// At 6 s: request 0 runs on model 0, which drains for model 1, for which request 1 waits; model 2 is pinned.
    private func draining(_ resident: Int, for newcomer: Int, besidePinned pinned: Int) throws -> Script {
        let catalogue = plainCatalogue(bytes: [resident, newcomer, pinned], parallel: 1) { model, index in
            model.isPinned = index == 2
        }
        var script = try Script("lru", catalogue, settings)
        for index in [0, 2] { script.load(0, index) }
        script.ask(1, 0, offloadable: false)
        // Request 1 has model 0 drained for model 1 after 5 s.
        script.ask(1, 1, offloadable: false)
        script.at(6, .tick)
        #expect(script.edge[instance(1)].phase == .reserved)
        return script
    }

    @Test func aMeasuredExcessWithdrawsReservationsFirst() throws {
        var script = try draining(60, for: 70, besidePinned: 20)
        // 70 reserved and 35 measured of the pinned one exceed 100: the reservation is withdrawn, and 70 fit no more
        // beside 35.
        #expect(script.at(7, .footprintMeasured(instance(2), Bytes(35))) == [.reject(request(1), .neverFits)])
        // The resident that drained for it is back in service.
        #expect(script.edge[instance(0)].isDraining == false)
        script.at(8, .requestFinished(request(0), tokens: 1))
        #expect(script.ask(8, 0) == [.dispatch(request(2), instance(0))])
    }

    @Test func aReservationThatNobodyWaitsForIsWithdrawn() throws {
        var script = try busy(settings)
        script.ask(1, 1, offloadable: false)
        script.at(6, .tick)
        #expect(script.ask(7, 0, offloadable: false) == [.enqueue(request(2))])
        script.at(8, .requestCancelled(request(1)))
        // Back in service, and request 2 is next.
        #expect(script.at(9, .requestFinished(request(0), tokens: 1)) == [.dispatch(request(2), instance(0))])
    }

    /// 60 drain for 30, beside a pinned one of 35 that is seen to take 45: once no request wants the 30 any more, 60
    /// fit no more beside 45.
    @Test func aWithdrawnReservationBringsBackOnlyWhatFits() throws {
        var script = try draining(60, for: 30, besidePinned: 35)
        script.at(7, .footprintMeasured(instance(2), Bytes(45)))
        #expect(script.edge[instance(1)].phase == .reserved && script.edge.committed == Bytes(75))
        #expect(script.at(8, .requestCancelled(request(1))) == [])
        #expect(script.edge[instance(1)].phase == .absent)
        #expect(script.edge[instance(0)].drainingFor == instance(1) && script.edge.committed == Bytes(45))
        #expect(
            script.at(9, .requestFinished(request(0), tokens: 1))
                == [.beginUnload(instance(0), .evicted(for: instance(1)))])
    }

    /// 30 and 40 drain for 60, beside a pinned one of 30 that is seen to take 40 (and 60 more is the budget): 30 come
    /// back, 40 do not fit beside them.
    @Test func ofSeveralOnlyThoseComeBackThatFitTogether() throws {
        let catalogue = plainCatalogue(bytes: [30, 40, 60, 30], parallel: 1) { model, index in
            model.isPinned = index == 3
        }
        var script = try Script("lru", catalogue, settings)
        for index in [0, 1, 3] { script.load(0, index) }
        for index in [0, 1] { script.ask(1, index, offloadable: false) }
        script.ask(1, 2, offloadable: false)
        script.at(6, .tick)
        #expect(script.edge[instance(0)].isDraining && script.edge[instance(1)].isDraining)
        script.at(7, .footprintMeasured(instance(3), Bytes(40)))
        #expect(script.edge[instance(2)].phase == .reserved && script.edge.committed == Bytes(100))
        #expect(script.at(8, .requestCancelled(request(2))) == [])
        #expect(!script.edge[instance(0)].isDraining && script.edge[instance(1)].isDraining)
        #expect(script.edge.committed == Bytes(70))
        #expect(
            script.at(9, .requestFinished(request(1), tokens: 1))
                == [.beginUnload(instance(1), .evicted(for: instance(2)))])
        script.at(10, .requestFinished(request(0), tokens: 1))
        #expect(script.ask(11, 0) == [.dispatch(request(3), instance(0))])
    }

    @Test func aReservationWhoseRequestsAreOverdueIsWithdrawn() throws {
        var settings = settings
        settings.queue.maxWaitSeconds = 8
        var script = try busy(settings)
        script.ask(1, 1, offloadable: false)
        script.at(6, .tick)
        #expect(script.edge[instance(0)].isDraining)
        #expect(script.planner.nextWake == Time(seconds: 9))
        #expect(script.at(9, .tick) == [.reject(request(1), .waitedTooLong)])
        #expect(script.edge[instance(1)].phase == .absent)
        #expect(!script.edge[instance(0)].isDraining)
    }

    @Test func anOperatorsWishOutlivesTheClients() throws {
        var script = try busy(settings)
        script.ask(1, 1, offloadable: false)
        script.at(6, .tick)
        script.at(7, .loadRequested(instance(1)))
        script.at(8, .requestCancelled(request(1)))
        #expect(
            script.at(9, .requestFinished(request(0), tokens: 1))
                == [.beginUnload(instance(0), .evicted(for: instance(1)))])
        #expect(script.at(10, .unloadFinished(instance(0))) == [.beginLoad(instance(1))])
    }
}
