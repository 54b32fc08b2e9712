import EmberConfig
import EmberContext
import EmberSystem
import EmberTestSupport
import Foundation
import Synchronization
import Testing

@testable import EmberServer

/// What is deleted, by wish and in time, and that nothing of it comes back.
@Suite struct StateForgettingTests {
    private func filled() async throws -> StateStation {
        let station = try StateStation()
        try await station.open()
        try await station.save(try station.prompt("a", "b", service: "s", key: "k1"))
        try await station.save(try station.prompt("c", service: "t", key: "k1"))
        try await station.save(try station.prompt("d", service: "s", key: "k2"))
        try await station.save(station.prefix("ann", service: "s"))
        try await station.save(try station.prompt("a", "b", tenant: "bob", service: "s", key: "k1"))
        return station
    }

    private func forget(_ what: ForgottenStates, leaves counts: (ann: Int, bob: Int), saved: Int) async throws {
        let station = try await filled()
        #expect(try await station.archive.forget(what) == saved)
        for _ in 0..<2 {
            #expect(station.archive.entries(of: "ann").count == counts.ann, "\(what)")
            #expect(station.archive.entries(of: "bob").count == counts.bob, "\(what)")
            #expect(try station.names.count == 2 * (counts.ann + counts.bob))
            try await station.open()
        }
        #expect(station.counters.forgottenStates == saved)
    }

    @Test func byTenantServiceAndKey() async throws {
        try await forget(ForgottenStates(tenant: "ann"), leaves: (0, 1), saved: 4)
        try await forget(ForgottenStates(tenant: "ann", service: "s"), leaves: (1, 1), saved: 3)
        try await forget(ForgottenStates(tenant: "ann", key: "k1"), leaves: (2, 1), saved: 2)
        try await forget(ForgottenStates(tenant: "ann", service: "s", key: "k2"), leaves: (3, 1), saved: 1)
        try await forget(ForgottenStates(tenant: "eve"), leaves: (4, 1), saved: 0)
    }

    @Test func byAConversationsDigestAndAllThatGoesOnWithIt() async throws {
        let station = try await filled()
        let id = try #require(try station.prompt("a").chain.id)
        // Another tenant cannot delete it by knowing the digest.
        #expect(try await station.archive.forget(ForgottenStates(tenant: "bob", conversation: id)) == 0)
        #expect(try await station.archive.forget(ForgottenStates(tenant: "ann", conversation: id)) == 1)
        #expect(station.match(try station.prompt("a", "b")) == nil)
        #expect(station.match(try station.prompt("a", "b", tenant: "bob")) != nil)
    }

    /// An engine may have begun to write before, and end after the deletion.
    @Test(arguments: [false, true]) func alsoWhatIsBeingWritten(isWrittenBefore: Bool) async throws {
        let station = try StateStation()
        try await station.open()
        let saving = try #require(
            station.archive.beginSaving(try station.prompt("a"), fitting: StateStation.fit))
        let other = try #require(
            station.archive.beginSaving(try station.prompt("a", tenant: "bob"), fitting: StateStation.fit))
        if isWrittenBefore { try station.write(saving) }
        try station.write(other)
        #expect(try await station.archive.forget(ForgottenStates(tenant: "ann")) == 1)
        #expect(try station.names == [other.part])
        try station.write(saving)
        #expect(try await station.archive.finishSaving(saving, tokens: 50) == nil)
        #expect(try await station.archive.finishSaving(other, tokens: 50) != nil)
        #expect(try station.names.count == 2 && station.match(try station.prompt("a")) == nil)
    }

    /// Deletions and saves that meet: what was deleted while it was saved is never found.
    @Test func deletionsInTheMiddleOfSaves() async throws {
        let station = try StateStation()
        let archive = try await station.open()
        for round in 0..<50 {
            let prompt = try station.prompt("\(round)")
            let saving = try #require(archive.beginSaving(prompt, fitting: StateStation.fit))
            try station.write(saving)
            async let saved = archive.finishSaving(saving, tokens: 50)
            if round % 2 == 0 { await Task.yield() }
            async let forgotten = archive.forget(ForgottenStates(tenant: "ann"))
            _ = try await (saved, forgotten)
            await archive.filesFollow()
            #expect(archive.size.count == 0)
            #expect(try station.names.isEmpty, "round \(round)")
        }
    }

    // MARK: In time

    private func time(_ clock: HandClock, wall: WallClock) -> TimeSource {
        let base = clock.time()
        return TimeSource(
            wall: { wall.value }, steady: { base.now }, wait: { try await base.sleep(for: base.now.duration(to: $0)) })
    }

    private func station(_ clock: HandClock, _ wall: WallClock, keep: Double) async throws -> StateStation {
        let station = try StateStation()
        station.surroundings.time = time(clock, wall: wall)
        station.keep = StateKeep(seconds: keep)
        try await station.open()
        return station
    }

    @Test func afterItsTime() async throws {
        let (clock, wall) = (HandClock(), WallClock(1000))
        let station = try await station(clock, wall, keep: 100)
        try await station.save(try station.prompt("b", keep: StateKeep(seconds: 10)))
        try await station.save(try station.prompt("a"))
        let archive = station.archive!
        #expect(await eventually { clock.sleeping == 1 })
        clock.advance(by: .seconds(11))
        #expect(await eventually { archive.size.count == 1 })
        // Until the next alarm is set.
        #expect(await eventually { clock.sleeping == 1 })
        clock.advance(by: .seconds(88))
        #expect(archive.size.count == 1)
        clock.advance(by: .seconds(2))
        #expect(await eventually { archive.size.count == 0 })
        await archive.filesFollow()
        #expect(try station.names.isEmpty && station.counters.expiredStates == 2)
    }

    /// One with less time may come later.
    @Test func theShortestTimeEndsFirst() async throws {
        let (clock, wall) = (HandClock(), WallClock(1000))
        let station = try await station(clock, wall, keep: 1000)
        try await station.save(try station.prompt("a"))
        try await station.save(try station.prompt("b", keep: StateKeep(seconds: 10)))
        let archive = station.archive!
        let hasEnded = await eventually {
            clock.advance(by: .milliseconds(200))
            return archive.size.count == 1
        }
        #expect(try hasEnded && station.match(station.prompt("a")) != nil)
    }

    @Test func alsoWhileEmberDoesNotRun() async throws {
        let (clock, wall) = (HandClock(), WallClock(1000))
        let station = try await station(clock, wall, keep: 100)
        try await station.save(try station.prompt("a"))
        wall.set(1060)
        try await station.save(try station.prompt("b"))
        wall.set(1110)
        try await station.open()
        #expect(try station.match(station.prompt("a")) == nil && station.match(station.prompt("b")) != nil)
        #expect(try station.names.count == 2)
        // A lower limit holds for what was saved before.
        station.keep = StateKeep(seconds: 40)
        try await station.open()
        #expect(station.archive.size.count == 0)
    }

    /// What was saved in the future is as old as the time for which that has been known.
    @Test func aClockThatIsSetBackKeepsNothingForYears() async throws {
        let (clock, wall) = (HandClock(), WallClock(2_000_000_000))
        let station = try await station(clock, wall, keep: 100)
        try await station.save(try station.prompt("a"))
        wall.set(-5)
        try await station.open()
        let archive = station.archive!
        #expect(station.match(try station.prompt("a")) != nil)
        #expect(await eventually { clock.sleeping >= 1 })
        clock.advance(by: .seconds(101))
        #expect(await eventually { archive.size.count == 0 })
    }
}

/// The clock on the wall, as a test sets it.
private final class WallClock: Sendable {
    private let seconds: Mutex<Double>

    init(_ seconds: Double) { self.seconds = Mutex(seconds) }

    var value: Double { seconds.withLock { $0 } }

    func set(_ value: Double) { seconds.withLock { $0 = value } }
}
