import EmberCore
import Testing

/// What the operator asks for, in whichever phase it meets the instance: the last word counts.
@Suite struct OperatorGoldens {
    private var settings: PlannerSettings {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.patienceSeconds = 5
        settings.queue.residencyPerLoad = 0
        settings.failures.failureLimit = 3
        settings.failures.backoffSeconds = 1
        return settings
    }

    private func script(
        _ bytes: [Int] = [60, 60], parallel: Int = 1, adjust: (inout ModelSpec, Int) -> Void = { _, _ in }
    ) throws -> Script {
        try Script("lru", plainCatalogue(bytes: bytes, parallel: parallel, adjust: adjust), settings)
    }

    @Test func aLoadRightAfterAnUnloadIsNotLost() throws {
        var script = try script()
        script.load(0, 0)
        #expect(script.at(1, .unloadRequested(instance(0))) == [.beginUnload(instance(0), .requested)])
        #expect(script.at(1.1, .loadRequested(instance(0))) == [])
        #expect(script.edge[instance(0)].phase == .leaving && script.edge[instance(0)].isReturning)
        #expect(script.at(2, .unloadFinished(instance(0))) == [.beginLoad(instance(0))])
        #expect(script.edge[instance(0)].phase == .loading)
    }

    @Test(arguments: [false, true]) func theLastWordHolds(isLoad: Bool) throws {
        var script = try script()
        script.load(0, 0)
        script.at(1, .unloadRequested(instance(0)))
        for turn in 0..<20 {
            #expect(script.at(1.1, .loadRequested(instance(0))) == [])
            if turn < 19 || !isLoad { #expect(script.at(1.1, .unloadRequested(instance(0))) == []) }
        }
        #expect(script.at(2, .unloadFinished(instance(0))) == (isLoad ? [.beginLoad(instance(0))] : []))
        #expect(script.edge.committed == Bytes(isLoad ? 60 : 0))
    }

    @Test func whatComesBackHasItsMemory() throws {
        var script = try script()
        script.load(0, 0)
        script.at(1, .unloadRequested(instance(0)))
        script.at(1, .loadRequested(instance(0)))
        #expect(script.ask(1.5, 1, offloadable: false) == [.enqueue(request(0))])
        #expect(script.at(2, .unloadFinished(instance(0))) == [.beginLoad(instance(0))])
        #expect(script.edge[instance(1)].phase == .absent)
    }

    @Test func whatAnotherHasBeenPromisedDoesNotComeBack() throws {
        var script = try script()
        script.load(0, 0)
        #expect(
            script.ask(1, 1, offloadable: false)
                == [.enqueue(request(0)), .beginUnload(instance(0), .evicted(for: instance(1)))])
        #expect(script.at(1.5, .loadRequested(instance(0))) == [])
        #expect(!script.edge[instance(0)].isReturning)
        #expect(script.at(2, .unloadFinished(instance(0))) == [.beginLoad(instance(1))])
    }

    @Test func anUnloadEndsALoadAtOnce() throws {
        var script = try script()
        #expect(script.at(0, .loadRequested(instance(0))) == [.beginLoad(instance(0))])
        script.ask(1, 0, offloadable: false)
        script.ask(1, 0)
        #expect(
            script.at(2, .unloadRequested(instance(0))) == [
                .reject(request(0), .unloaded), .offload(request(1), .unloaded),
                .beginUnload(instance(0), .requested),
            ])
        #expect(script.edge.occupied == Bytes(60) && script.edge.committed == Bytes(0))
        // What was under way already says nothing of this any more.
        #expect(script.at(2.1, .loadFinished(instance(0))) == [])
        #expect(script.at(2.1, .loadFailed(instance(0))) == [])
        #expect(script.at(3, .unloadFinished(instance(0))) == [])
        #expect(script.edge[instance(0)].phase == .absent && script.edge[instance(0)].failures == 0)
        #expect(script.ask(4, 0, offloadable: false) == [.enqueue(request(2)), .beginLoad(instance(0))])
    }

    @Test func anEndedLoadMayBeginAgain() throws {
        var script = try script()
        script.at(0, .loadRequested(instance(0)))
        script.at(1, .unloadRequested(instance(0)))
        #expect(script.at(1, .loadRequested(instance(0))) == [])
        #expect(script.at(2, .unloadFinished(instance(0))) == [.beginLoad(instance(0))])
        script.at(3, .loadFinished(instance(0)))
        #expect(script.edge[instance(0)].phase == .resident)
    }

    @Test func anUnloadTakesTheReservationBack() throws {
        var script = try script()
        script.load(0, 0)
        script.at(1, .loadRequested(instance(1)))
        #expect(script.edge[instance(1)].phase == .reserved)
        #expect(script.at(1.5, .unloadRequested(instance(1))) == [])
        #expect(script.edge[instance(1)].phase == .absent)
        #expect(script.at(2, .unloadFinished(instance(0))) == [])
    }

    @Test func whatWaitsForAReservationIsTold() throws {
        var script = try script()
        script.load(0, 0)
        script.ask(1, 1, offloadable: false)
        #expect(script.at(2, .unloadRequested(instance(1))) == [.reject(request(0), .unloaded)])
        #expect(script.at(3, .unloadFinished(instance(0))) == [])
    }

    @Test func aLoadKeepsWhatWasToLeave() throws {
        var script = try script()
        script.load(0, 0)
        script.ask(1, 0, offloadable: false)
        #expect(script.at(2, .unloadRequested(instance(0))) == [])
        #expect(script.edge[instance(0)].isDraining)
        #expect(script.at(3, .loadRequested(instance(0))) == [])
        #expect(!script.edge[instance(0)].isDraining && script.edge.committed == Bytes(60))
        #expect(script.at(4, .requestFinished(request(0), tokens: 1)) == [])
        #expect(script.ask(5, 0).contains(.dispatch(request(1), instance(0))))
    }

    @Test func aLoadDoesNotTakeBackWhatBusyOnesGiveUp() throws {
        var script = try script()
        script.load(0, 0)
        script.ask(1, 0, offloadable: false)
        script.ask(1, 1, offloadable: false)
        script.at(6, .tick)
        #expect(script.edge[instance(0)].isDraining && script.edge[instance(1)].phase == .reserved)
        #expect(script.at(7, .loadRequested(instance(0))) == [])
        #expect(script.edge[instance(0)].isDraining)
    }

    @Test func whatCannotFitBesideThePinnedIsNotLoaded() throws {
        var script = try script([60, 60]) { model, index in model.isPinned = index == 0 }
        script.load(0, 0)
        #expect(script.at(1, .loadRequested(instance(1))) == [])
        #expect(script.edge[instance(1)].phase == .absent)
    }

    @Test func aLoadFindsNoRoomAmongTheBusy() throws {
        var script = try script()
        script.load(0, 0)
        script.ask(1, 0, offloadable: false)
        #expect(script.at(2, .loadRequested(instance(1))) == [])
        #expect(script.edge[instance(1)].phase == .absent && !script.edge[instance(0)].isDraining)
    }
}
