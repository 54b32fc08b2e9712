import EmberTestSupport
import Testing

@testable import EmberServer

@Suite struct RefusedBodiesTests {
    private let bad = ClientAddress.v4(1)
    private let good = ClientAddress.v4(2)
    private let second = RefusedBodies.bytesPerSecond

    private let clock = HandClock()

    @Test func onlyAClientWhoseBodiesAreRefusedIsReadSlowly() {
        let refused = RefusedBodies(clock.time())
        #expect(refused.pause(after: 4 * second, from: bad) == .zero)
        refused.note(2 * second, from: bad)
        #expect(refused.pause(after: second, from: bad) == .seconds(3))
        #expect(refused.pause(after: 4 * second, from: good) == .zero)
    }

    /// However many connections it has.
    @Test func allThatItSendsCounts() {
        let refused = RefusedBodies(clock.time())
        refused.note(0, from: bad)
        let pauses = (1...3).map { _ in refused.pause(after: second, from: bad) }
        #expect(pauses == [.seconds(1), .seconds(2), .seconds(3)])
        clock.advance(by: .seconds(1))
        refused.note(second, from: bad)
        #expect(refused.pause(after: second, from: bad) == .seconds(3))
        clock.advance(by: .seconds(7))
        #expect(refused.pause(after: second, from: bad) == .seconds(1))
    }

    @Test func afterAWhileItIsForgotten() {
        let refused = RefusedBodies(clock.time())
        refused.note(second, from: bad)
        clock.advance(by: .seconds(10))
        #expect(refused.pause(after: second, from: bad) == .zero)
        #expect(refused.pause(after: second, from: bad) == .zero)
    }
}
