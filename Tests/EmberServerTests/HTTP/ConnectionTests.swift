import NIOCore
import Synchronization
import Testing

@testable import EmberServer

private func at(_ seconds: Double) -> NIODeadline { .uptimeNanoseconds(UInt64((1000 + seconds) * 1e9)) }

@Suite struct ConnectionClockTests {
    private static let patience = ConnectionPatience(header: .seconds(10), body: .seconds(20), idle: .seconds(100))

    private func opened() -> ConnectionClock { ConnectionClock(Self.patience, openedAt: at(0)) }

    private func expect(
        _ clock: ConnectionClock, _ seconds: Double?, _ lapse: ConnectionClock.Lapse? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(clock.deadline?.at == seconds.map(at), sourceLocation: location)
        #expect(clock.deadline?.lapse == lapse, sourceLocation: location)
    }

    @Test func aHeadIsDueFromTheOpening() {
        var clock = opened()
        expect(clock, 10, .silent)
        clock.partOfHeadCame(at: at(3))
        expect(clock, 13, .head)
        clock.partOfHeadCame(at: at(8))
        expect(clock, 13, .head)
    }

    @Test func nothingIsDueWhileAnAnswerIsOwed() {
        var clock = opened()
        clock.headCame()
        clock.requestEnded()
        clock.waits(from: at(1))
        expect(clock, nil)
        #expect(!clock.isQuiet)
        clock.partOfHeadCame(at: at(2))
        expect(clock, nil)
        clock.answerBegan()
        expect(clock, nil)
        clock.answerEnded(at: at(500))
        // What came of the next head meanwhile has its whole time from now on.
        expect(clock, 510, .head)
    }

    @Test func anIdleConnectionHasItsOwnPatience() {
        var clock = opened()
        clock.headCame()
        clock.requestEnded()
        clock.answerEnded(at: at(7))
        expect(clock, 107, .silent)
        #expect(clock.isQuiet && clock.hasServed)
    }

    @Test func aBodyHasMoreTimeTheMoreOfItHasCome() {
        var clock = opened()
        clock.headCame()
        expect(clock, nil)
        clock.waits(from: at(1))
        expect(clock, 21, .body)
        clock.bodyCame(bytes: 4095)
        expect(clock, 21, .body)
        clock.bodyCame(bytes: 4097)
        clock.waits(from: at(9))
        expect(clock, 23, .body)
        clock.requestEnded()
        expect(clock, nil)
    }

    @Test func aBodyIsNotDueWhileItIsAnsweredOrEmberDoesNotRead() {
        var clock = opened()
        clock.headCame()
        clock.waits(from: at(1))
        clock.excuse(at: at(15))
        expect(clock, 35, .body)
        clock.answerBegan()
        expect(clock, nil)
        clock.answerEnded(at: at(50))
        expect(clock, 70, .body)
        #expect(!clock.isQuiet)
    }

    /// Two requests one behind the other: the connection is quiet once both have their answers.
    @Test func severalAnswersMayBeOwed() {
        var clock = opened()
        for _ in 0..<3 {
            clock.headCame()
            clock.requestEnded()
        }
        for second in [5.0, 6] {
            clock.answerEnded(at: at(second))
            #expect(!clock.isQuiet)
            expect(clock, nil)
        }
        clock.answerEnded(at: at(9))
        #expect(clock.isQuiet)
        expect(clock, 109, .silent)
        // More ends than there were requests owe nothing.
        clock.answerEnded(at: at(10))
        clock.headCame()
        #expect(!clock.isQuiet)
    }

    @Test func aSecondRequestIsNoReasonToCutTheFirst() {
        var clock = opened()
        clock.headCame()
        clock.requestEnded()
        clock.headCame()
        clock.waits(from: at(1))
        expect(clock, nil)
        clock.answerEnded(at: at(90))
        expect(clock, 110, .body)
    }
}

@Suite struct ConnectionTableTests {
    private func table(_ total: Int, perAddress: Int? = nil) -> ConnectionTable {
        ConnectionTable(ConnectionLimits(total: total, perAddress: perAddress), logger: quietLogger, time: .system)
    }

    private func quiet(_ table: ConnectionTable, _ address: UInt32, secondsAgo: Int64, served: Bool) -> Guest {
        let guest = table.admit(.v4(address), at: .now()) {}
        guest.isQuiet(since: .now() - .seconds(secondsAgo), hasServed: served)
        return guest
    }

    @Test func beyondTheBoundThereIsTheReserveAndThenNothing() {
        let table = table(4, perAddress: 4)
        let guests = (0..<4).map { table.admit(.v4($0), at: .now()) {} }
        #expect(guests.allSatisfy { $0.standing == .served })
        let more = (0..<20).map { _ in table.admit(.v4(9), at: .now()) {} }
        #expect(more.prefix(8).allSatisfy { $0.standing == .reserve(.total) })
        #expect(more.dropFirst(8).allSatisfy { $0.standing == .turnedAway(.total) })
        #expect(table.view.open == 12 && table.view.refused == 20)
        for guest in more { table.remove(guest) }
        table.remove(guests[0])
        #expect(table.admit(.v4(9), at: .now()) {}.standing == .served)
        #expect(table.view.open == 4)
    }

    private final class Given: Sendable {
        let addresses = Mutex<[UInt32]>([])
    }

    /// Of connections that are alike, the one in the first place goes: not one that chance picks.
    @Test func ofTwoAlikeTheFirstIsGivenUp() {
        for _ in 0..<8 {
            let (table, given) = (table(16, perAddress: 16), Given())
            let guests = (UInt32(0)..<16).map { address in
                table.admit(.v4(address), at: .now()) { given.addresses.withLock { $0.append(address) } }
            }
            let since = NIODeadline.now() - .seconds(5)
            for guest in guests { guest.isQuiet(since: since, hasServed: true) }
            for address in UInt32(16)..<20 { _ = table.admit(.v4(address), at: .now()) {} }
            #expect(given.addresses.withLock { $0 } == [0, 1, 2, 3])
            #expect(table.view.open == 16 && table.busy == 4)
        }
    }

    @Test func anAddressHasABoundOfItsOwnAndUnixSocketsHaveNone() {
        let table = table(10, perAddress: 2)
        #expect((0..<2).allSatisfy { _ in table.admit(.v4(1), at: .now()) {}.standing == .served })
        #expect(table.admit(.v4(1), at: .now()) {}.standing == .reserve(.address))
        #expect(table.admit(.v4(2), at: .now()) {}.standing == .served)
        #expect((0..<5).allSatisfy { _ in table.admit(nil, at: .now()) {}.standing == .served })
    }

    @Test func theLongSilentLeaveFirstThenTheIdleThenTheNew() {
        let table = table(4, perAddress: 4)
        let new = quiet(table, 1, secondsAgo: 0, served: false)
        let idle = quiet(table, 2, secondsAgo: 50, served: true)
        let silent = quiet(table, 3, secondsAgo: 5, served: false)
        let busy = table.admit(.v4(4), at: .now()) {}
        var left: [Guest] = []
        for expected in [silent, idle, new] {
            let guest = table.admit(.v4(5), at: .now()) {}
            guest.isBusy()
            #expect(guest.standing == .served)
            left.append(expected)
            #expect(table.view.givenUp == left.count)
            // Its end is not counted twice.
            table.remove(expected)
            #expect(table.view.open == 4)
        }
        #expect(table.admit(.v4(6), at: .now()) {}.standing == .reserve(.total))
        _ = busy
    }

    @Test func atItsOwnBoundAnAddressGivesUpOnlyItsOwn() {
        let table = table(10, perAddress: 1)
        _ = quiet(table, 1, secondsAgo: 90, served: false)
        let own = table.admit(.v4(2), at: .now()) {}
        #expect(table.admit(.v4(2), at: .now()) {}.standing == .reserve(.address))
        own.isQuiet(since: .now(), hasServed: true)
        #expect(table.admit(.v4(2), at: .now()) {}.standing == .served)
    }

    @Test func oneThatIsNotIdleAfterAllStays() {
        let table = table(1, perAddress: 1)
        let guest = quiet(table, 1, secondsAgo: 9, served: true)
        _ = table.admit(.v4(1), at: .now()) {}
        table.keep(guest)
        #expect(table.view.open == 2 && table.view.givenUp == 0)
        table.remove(guest)
        #expect(table.view.open == 1)
    }

    @Test func withoutDescriptorsIdleOnesLeave() {
        let table = table(100)
        _ = (0..<20).map { quiet(table, UInt32($0), secondsAgo: 9, served: true) }
        table.noteFailedAccept(IOError(errnoCode: 24, reason: "accept"), at: .now())
        #expect(table.view.failedAccepts == 1 && table.view.givenUp == 12 && table.view.open == 8)
    }

    @Test func theBoundFollowsFromTheDescriptors() {
        #expect(ConnectionLimits.affordable(descriptors: 256, models: 2, cores: 4) == 60)
        #expect(ConnectionLimits.affordable(descriptors: 20, models: 9, cores: 4) == 16)
        #expect(ConnectionLimits(total: 7).perAddress == 4)
        #expect(ConnectionLimits(total: 7, perAddress: 50).perAddress == 7)
    }
}

@Suite struct ClientAddressTests {
    private func address(_ text: String) throws -> ClientAddress? {
        ClientAddress(try SocketAddress(ipAddress: text, port: 1))
    }

    @Test func aNetworkOfIPv6IsOneClient() throws {
        #expect(try address("2001:db8:1:2::1") == address("2001:db8:1:2:ffff::9"))
        #expect(try address("2001:db8:1:2::1") != address("2001:db8:1:3::1"))
        #expect(try address("127.0.0.1") == .v4(0x7F00_0001))
        #expect(try address("::ffff:127.0.0.1") == .v4(0x7F00_0001))
        #expect(try address("::1") != address("127.0.0.1"))
        #expect(ClientAddress(try SocketAddress(unixDomainSocketPath: "/tmp/x")) == nil)
    }
}
