import NIOCore
import Testing

@testable import EmberServer

@Suite struct RefusedBodiesTests {
    private let bad = ClientAddress.v4(1)
    private let good = ClientAddress.v4(2)
    private let second = RefusedBodies.bytesPerSecond

    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test func onlyAClientWhoseBodiesAreRefusedIsReadSlowly() {
        let refused = RefusedBodies()
        #expect(refused.pause(after: 4 * second, from: bad, at: at(1)) == .zero)
        refused.note(2 * second, from: bad, at: at(1))
        #expect(refused.pause(after: second, from: bad, at: at(1)) == .seconds(3))
        #expect(refused.pause(after: 4 * second, from: good, at: at(1)) == .zero)
    }

    /// However many connections it has.
    @Test func allThatItSendsCounts() {
        let refused = RefusedBodies()
        refused.note(0, from: bad, at: at(1))
        let pauses = (1...3).map { _ in refused.pause(after: second, from: bad, at: at(1)) }
        #expect(pauses == [.seconds(1), .seconds(2), .seconds(3)])
        refused.note(second, from: bad, at: at(2))
        #expect(refused.pause(after: second, from: bad, at: at(2)) == .seconds(3))
        #expect(refused.pause(after: second, from: bad, at: at(9)) == .seconds(1))
    }

    @Test func afterAWhileItIsForgotten() {
        let refused = RefusedBodies()
        refused.note(second, from: bad, at: at(1))
        #expect(refused.pause(after: second, from: bad, at: at(11)) == .zero)
        #expect(refused.pause(after: second, from: bad, at: at(11)) == .zero)
    }
}
