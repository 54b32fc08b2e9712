import EmberCore
import EmberSystem
import EmberTestSupport
import Testing

@testable import EmberEngine
@testable import EmberServer

@Suite struct FatalRequestsTests {
    private let instance = InstanceID(0)
    private let clock = HandClock()

    private func engine() -> FakeEngine { FakeEngine(model: "m", baseURL: "http://127.0.0.1:1") }

    @Test func deathsAreCountedByRequestAndInstance() {
        let fatal = FatalRequests(clock.time())
        #expect(fatal.isEmpty)
        for _ in 0..<2 { fatal.noteDeath(of: 7, on: instance, engine: engine()) }
        fatal.noteDeath(of: 8, on: instance, engine: engine())
        #expect(!fatal.isEmpty)
        #expect(fatal.deaths(of: 7, on: instance) == 2 && fatal.deaths(of: 8, on: instance) == 1)
        #expect(fatal.deaths(of: 7, on: InstanceID(1)) == 0 && fatal.deaths(of: 9, on: instance) == 0)
        #expect(fatal.wait(for: 7, on: instance) != nil && fatal.wait(for: 8, on: instance) == nil)
    }

    /// Copies that ran at the same time are signs of the same death.
    @Test func oneDeathCountsOnceHoweverManyTellOfIt() {
        let fatal = FatalRequests(clock.time())
        let dead = engine()
        for _ in 0..<5 { fatal.noteDeath(of: 7, on: instance, engine: dead) }
        #expect(fatal.deaths(of: 7, on: instance) == 1)
    }

    @Test func whatHasBeenAnsweredIsAcquitted() {
        let fatal = FatalRequests(clock.time())
        fatal.noteDeath(of: 7, on: instance, engine: engine())
        fatal.acquit(7, on: instance)
        #expect(fatal.deaths(of: 7, on: instance) == 0)
        #expect(fatal.isEmpty)
    }

    @Test func nothingIsHeldForEver() {
        let fatal = FatalRequests(clock.time())
        fatal.noteDeath(of: 7, on: instance, engine: engine())
        clock.advance(by: .seconds(100))
        fatal.noteDeath(of: 7, on: instance, engine: engine())
        clock.advance(by: .seconds(200))
        #expect(fatal.wait(for: 7, on: instance) == .seconds(400))
        clock.advance(by: .seconds(399))
        #expect(fatal.deaths(of: 7, on: instance) == 2)
        clock.advance(by: .seconds(1))
        #expect(fatal.deaths(of: 7, on: instance) == 0)
        #expect(fatal.isEmpty)
    }

    @Test func theOldestIsForgottenWhereThereAreTooMany() {
        let fatal = FatalRequests(clock.time())
        for number in 0...1024 {
            fatal.noteDeath(of: number, on: instance, engine: engine())
            clock.advance(by: .milliseconds(1))
        }
        #expect(fatal.deaths(of: 0, on: instance) == 0)
        #expect(fatal.deaths(of: 1, on: instance) == 1 && fatal.deaths(of: 1024, on: instance) == 1)
    }

    @Test(arguments: [
        (EngineExit.Kind.died, ExitReason.Cause.exited(code: 0), true, true), (.died, .signalled(11), true, true),
        (.died, .signalled(9), true, false), (.died, .guardLost, false, false), (.hung, .signalled(9), true, true),
        (.stopped, .signalled(15), false, false), (.overBudget, .signalled(9), false, false),
    ])
    func whatAnEndSaysOfWhatRan(
        _ kind: EngineExit.Kind, _ cause: ExitReason.Cause, waiting: Bool, answering: Bool
    ) {
        let exit = EngineExit(kind: kind, reason: ExitReason(cause: cause, lastLines: []))
        #expect(exit.mayBlameRequest(wasAnswering: false) == waiting)
        #expect(exit.mayBlameRequest(wasAnswering: true) == answering)
    }
}
