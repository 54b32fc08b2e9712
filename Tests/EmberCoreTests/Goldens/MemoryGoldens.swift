import EmberCore
import Testing

/// Memory at rest, what requests take on top, and engines that take too much: scripts with exact effects.
@Suite struct MemoryGoldens {
    /// Models of these sizes in a budget of 100, the first with what was learnt of it.
    private func script(
        _ bytes: [Int], learnt: (resting: Int, peak: Int)? = nil, pinned: Bool = false
    ) throws -> Script {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.residencyPerLoad = 1
        settings.failures.overrunBackoffSeconds = 30
        settings.failures.maxOverrunBackoffSeconds = 100
        let catalogue = plainCatalogue(bytes: bytes, parallel: 4) { model, index in
            guard index == 0 else { return }
            model.learnt = learnt.map { LearntMemory(resting: Bytes($0.resting), peak: Bytes($0.peak)) }
            model.isPinned = pinned
        }
        return try Script("lru", catalogue, settings)
    }

    /// 40 at rest and 20 for each request: a resident counts for 60, a second request for 20 more.
    @Test func requestsBesideTheFirstTakeFreeMemory() throws {
        var script = try script([40, 40], learnt: (40, 20))
        script.load(0, 0)
        #expect(script.edge.occupied == Bytes(60))
        #expect(script.ask(1, 0, offloadable: false).last == .dispatch(request(0), instance(0)))
        #expect(script.edge.occupied == Bytes(60))
        #expect(script.ask(2, 0, offloadable: false) == [.dispatch(request(1), instance(0))])
        #expect(script.edge.occupied == Bytes(80) && script.edge.committed == Bytes(60))
        // Model 1 finds room once the second request has ended, and no further one goes before it.
        #expect(script.at(3, .loadRequested(instance(1))) == [])
        #expect(script.ask(3, 0) == [.enqueue(request(2))])
        #expect(script.at(4, .requestFinished(request(1), tokens: 1)) == [.beginLoad(instance(1))])
        script.at(5, .loadFinished(instance(1)))
        // The first one's room is always there.
        #expect(script.at(6, .requestFinished(request(0), tokens: 1)) == [.dispatch(request(2), instance(0))])
        #expect(script.edge.occupied == Bytes(100))
    }

    @Test func whatWasLearntAboveTheBudgetMeansAlone() throws {
        var script = try script([40, 40], learnt: (40, 300))
        script.load(0, 0)
        #expect(script.edge[instance(0)].peak == Bytes(60) && script.edge.occupied == Bytes(100))
        #expect(
            script.ask(1, 1, offloadable: false)
                == [.enqueue(request(0)), .beginUnload(instance(0), .evicted(for: instance(1)))])
        #expect(script.at(2, .unloadFinished(instance(0))) == [.beginLoad(instance(1))])
    }

    /// 40 + 50 and 40: the one that was never asked for goes.
    @Test func aPeakThatIsLearntMakesRoom() throws {
        var script = try script([40, 40])
        for index in 0...1 { script.load(0, index) }
        script.ask(1, 0)
        #expect(
            script.at(2, .footprintMeasured(instance(0), Bytes(40), peak: Bytes(50)))
                == [.beginUnload(instance(1), .overBudget)])
    }

    /// Of 90 no more than 10 are set aside: the largest other model, of 60, still fits beside 30.
    @Test func aPinnedModelsPeakKeepsNobodyOut() throws {
        var script = try script([30, 50, 60], learnt: (30, 90), pinned: true)
        script.load(0, 0)
        #expect(script.edge[instance(0)].peak == Bytes(10))
        script.at(1, .footprintMeasured(instance(0), Bytes(30), peak: Bytes(90)))
        #expect(script.edge[instance(0)].peak == Bytes(10))
        #expect(script.ask(1, 2, offloadable: false) == [.enqueue(request(0)), .beginLoad(instance(2))])
    }

    /// It took 150 as soon as it was loaded: no start for 30 s, then 60 s.
    @Test func whatDoesNotFitByItselfIsTriedAgainLater() throws {
        var script = try script([40])
        #expect(script.ask(0, 0, offloadable: false) == [.enqueue(request(0)), .beginLoad(instance(0))])
        let overrun = Event.engineOverran(instance(0), resting: Bytes(150), peak: .zero)
        #expect(script.at(1, overrun) == [.reject(request(0), .overBudget)])
        #expect(script.ask(2, 0) == [.offload(request(1), .overBudget)])
        #expect(script.ask(30.9, 0, offloadable: false) == [.reject(request(2), .overBudget)])
        #expect(script.ask(31, 0, offloadable: false) == [.enqueue(request(3)), .beginLoad(instance(0))])
        #expect(script.edge.occupied == Bytes(100))
        #expect(script.at(32, overrun) == [.reject(request(3), .overBudget)])
        #expect(script.ask(91.9, 0, offloadable: false) == [.reject(request(4), .overBudget)])
        #expect(script.ask(92, 0, offloadable: false) == [.enqueue(request(5)), .beginLoad(instance(0))])
        #expect(script.at(93, .loadFinished(instance(0))).last == .dispatch(request(5), instance(0)))
        script.at(94, .requestFinished(request(5), tokens: 1))
        #expect(script.edge[instance(0)].overruns == 0)
    }

    @Test func whatIsForgottenIsTriedAtOnce() throws {
        var script = try script([40])
        script.ask(0, 0, offloadable: false)
        script.at(1, .engineOverran(instance(0), resting: Bytes(150), peak: .zero))
        script.at(2, .footprintForgotten(instance(0)))
        #expect(script.ask(2, 0, offloadable: false) == [.enqueue(request(1)), .beginLoad(instance(0))])
        #expect(script.edge.occupied == Bytes(40))
    }

    /// 40 + 80 fit in no life: the request that ran alone is not tried again, and no other has to wait.
    @Test func aRequestThatNeedsTooMuchIsRefused() throws {
        var script = try script([40])
        script.load(0, 0)
        script.ask(1, 0, offloadable: false)
        #expect(script.at(2, .engineOverran(instance(0), resting: Bytes(40), peak: Bytes(80))) == [])
        #expect(
            script.at(2, .requestFailed(request(0), retryable: true)) == [.reject(request(0), .requestNeedsTooMuch)])
        #expect(script.ask(3, 0, offloadable: false) == [.enqueue(request(1)), .beginLoad(instance(0))])
    }

    /// What earlier requests had left behind was too much, and a new life has room for this one.
    @Test func aRequestThatWouldFitIsTriedAgain() throws {
        var script = try script([40])
        script.load(0, 0)
        script.ask(1, 0, offloadable: false)
        script.at(2, .engineOverran(instance(0), resting: Bytes(40), peak: Bytes(50)))
        #expect(
            script.at(2, .requestFailed(request(0), retryable: true))
                == [.enqueue(request(0)), .beginLoad(instance(0))])
    }

    /// It is unknown which of the two it was: they run one by one.
    @Test func ofSeveralEachIsTriedAlone() throws {
        var script = try script([40])
        script.load(0, 0)
        for _ in 0...1 { script.ask(1, 0, offloadable: false) }
        script.at(2, .engineOverran(instance(0), resting: Bytes(40), peak: Bytes(80)))
        #expect(
            script.at(2, .requestFailed(request(0), retryable: true))
                == [.enqueue(request(0)), .beginLoad(instance(0))])
        #expect(script.at(2, .requestFailed(request(1), retryable: true)) == [.enqueue(request(1))])
        #expect(script.at(3, .loadFinished(instance(0))).last == .dispatch(request(0), instance(0)))
        #expect(script.at(4, .requestFinished(request(0), tokens: 1)) == [.dispatch(request(1), instance(0))])
        // Its figure has fallen by use: two at once again.
        script.at(5, .footprintMeasured(instance(0), Bytes(40), peak: Bytes(20)))
        #expect(script.ask(5, 0) == [.dispatch(request(2), instance(0))])
    }

    /// The first time it may have been another's doing, alone and for the second time it was not.
    @Test func whoIsThereTwiceIsBlamed() throws {
        var script = try script([40])
        script.load(0, 0)
        for id in 0...1 {
            script.ask(1, 0, offloadable: false)
            #expect(script.edge[instance(0)].inFlight == id + 1)
        }
        let overrun = Event.engineOverran(instance(0), resting: Bytes(40), peak: Bytes(60))
        for _ in 0...1 {
            script.at(2, overrun)
            for id in 0...1 where script.planner.isLive(request(id)) {
                script.at(2, .requestFailed(request(id), retryable: true))
            }
            script.at(3, .loadFinished(instance(0)))
        }
        #expect(!script.planner.isLive(request(0)) && script.planner.isLive(request(1)))
        #expect(script.edge[instance(0)].inFlight == 1)
        #expect(script.at(4, .requestFinished(request(1), tokens: 1)) == [])
        #expect(script.edge.ledger.rejectedRequests == 1 && script.edge.ledger.edgeRequests == 1)
    }

    /// A load of 3 s has been seen: one of 120 would last for 9 s, but it is not the deadline that keeps it out.
    @Test func whatCanNeverFitIsNotSaidToBeLate() throws {
        var script = try script([40, 120])
        script.ask(0, 0, offloadable: false)
        script.at(3, .loadFinished(instance(0)))
        #expect(script.ask(4, 1, offloadable: false, deadline: 1) == [.reject(request(1), .neverFits)])
        #expect(script.ask(5, 1, offloadable: true, deadline: 1) == [.offload(request(2), .neverFits)])
    }

    /// By its file 120: that bars. By its file 120, but 90 were seen: that lets it in.
    @Test func onlyAnEstimateKeepsAModelOut() throws {
        var script = try script([120])
        #expect(script.ask(0, 0, offloadable: false) == [.reject(request(0), .neverFits)])
        var seen = try self.script([120], learnt: (90, 0))
        #expect(seen.ask(0, 0, offloadable: false) == [.enqueue(request(0)), .beginLoad(instance(0))])
    }
}
