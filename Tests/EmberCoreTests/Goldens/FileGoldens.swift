import EmberCore
import Testing

/// Files that are replaced, lost or back: scripts with exact effects (rules 28 and 29).
@Suite struct FileGoldens {
    private var settings: PlannerSettings {
        var settings = PlannerSettings(budget: Bytes(100))
        settings.queue.residencyPerLoad = 0
        settings.failures.failureLimit = 1
        settings.failures.backoffSeconds = 100
        return settings
    }

    private func script(_ bytes: [Int] = [60, 30]) throws -> Script {
        try Script("lru", plainCatalogue(bytes: bytes), settings)
    }

    private func read(_ index: Int, _ estimate: Int, resting: Int? = nil, peak: Int = 0) -> Event {
        .modelRead(
            instance(index), estimate: Bytes(estimate), resting: Bytes(resting ?? estimate), peak: Bytes(peak))
    }

    @Test func anUnusableModelIsRefusedUntilItsFilesAreRead() throws {
        var script = try script()
        #expect(script.at(0, .modelUnusable(instance(0))) == [])
        #expect(script.ask(1, 0, offloadable: false) == [.reject(request(0), .modelFailed)])
        #expect(script.ask(1, 0) == [.offload(request(1), .engineFailed)])
        #expect(script.at(2, .loadRequested(instance(0))) == [])
        // The others are served all the same.
        #expect(script.ask(3, 1, offloadable: false).last == .beginLoad(instance(1)))
        #expect(script.at(4, read(0, 50)) == [])
        #expect(script.ask(5, 0, offloadable: false) == [.enqueue(request(3)), .beginLoad(instance(0))])
        #expect(script.edge.occupied == Bytes(80))
    }

    @Test func aLoadOfFilesThatAreGoneIsTakenBack() throws {
        var script = try script()
        script.ask(0, 0, offloadable: false)
        script.ask(0, 0)
        #expect(
            script.at(1, .modelUnusable(instance(0))) == [
                .reject(request(0), .modelFailed), .offload(request(1), .engineFailed),
            ])
        #expect(script.edge.occupied == .zero && script.edge.instances[0].failures == 0)
        // A late word of the load that never was.
        #expect(script.at(2, .loadFinished(instance(0))) == [])
        #expect(script.edge.instances[0].phase == .absent)
    }

    @Test func largerFilesAreWeighedAnewBeforeTheyAreLoaded() throws {
        var script = try script()
        script.load(0, 1)
        #expect(script.ask(1, 0, offloadable: false).last == .beginLoad(instance(0)))
        // 60 fitted beside the 30 of the resident; 80 do not.
        #expect(script.at(2, read(0, 80)) == [.beginUnload(instance(1), .evicted(for: instance(0)))])
        #expect(script.at(3, .unloadFinished(instance(1))) == [.beginLoad(instance(0))])
        #expect(script.edge.occupied == Bytes(80))
    }

    @Test func filesThatCannotFitAnyMoreAreRefused() throws {
        var script = try script()
        script.load(0, 1)
        script.ask(1, 0, offloadable: false)
        #expect(script.at(2, read(0, 101)) == [.reject(request(0), .neverFits)])
        #expect(script.edge.instances[1].phase == .resident)
        // What was learnt of these files may let them in.
        #expect(script.at(3, read(0, 101, resting: 60, peak: 5)) == [])
        #expect(script.ask(4, 0, offloadable: false).last == .beginLoad(instance(0)))
        #expect(script.edge.occupied == Bytes(95))
    }

    @Test func aWantedLoadIsAskedForAgain() throws {
        var script = try script()
        #expect(script.at(0, .loadRequested(instance(0))) == [.beginLoad(instance(0))])
        #expect(script.at(1, read(0, 70)) == [.beginLoad(instance(0))])
        script.at(2, .unloadRequested(instance(0)))
        #expect(script.at(3, read(0, 70)) == [])
    }

    @Test func whatIsInMemoryStaysAsItIs() throws {
        var script = try script()
        script.load(0, 0)
        #expect(script.at(1, read(0, 10)) == [])
        #expect(script.at(1, .modelUnusable(instance(0))) == [])
        #expect(script.edge.occupied == Bytes(60))
        #expect(script.ask(2, 0, offloadable: false).last == .dispatch(request(0), instance(0)))
        #expect(script.edge.catalogue[ModelID(0)].residentBytes == Bytes(60))
    }

    @Test func newFilesEndABackoff() throws {
        var script = try script()
        script.ask(0, 0, offloadable: false)
        #expect(script.at(1, .loadFailed(instance(0))) == [.reject(request(0), .modelFailed)])
        #expect(script.ask(2, 0, offloadable: false) == [.reject(request(1), .modelFailed)])
        script.at(3, read(0, 60))
        #expect(script.ask(4, 0, offloadable: false).last == .beginLoad(instance(0)))
    }

    @Test func aReservationOfFilesThatAreGoneIsWithdrawn() throws {
        var script = try script([60, 50])
        script.load(0, 1)
        script.ask(1, 0, offloadable: false)
        #expect(script.edge.instances[0].phase == .reserved)
        #expect(script.at(2, .modelUnusable(instance(0))) == [.reject(request(0), .modelFailed)])
        #expect(script.edge.instances[0].phase == .absent && script.edge.committed == .zero)
    }

    @Test func theEventsAreWrittenAndReadBack() {
        for event in [read(3, 5, resting: 6, peak: 7), .modelUnusable(instance(2))] {
            let line = RecordedEvent(time: Time(seconds: 1.5), event: event, digest: EffectDigest([])).line
            #expect(RecordedEvent(line: line)?.event == event)
        }
    }
}
