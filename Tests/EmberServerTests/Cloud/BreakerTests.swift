import EmberCore
import Testing

@testable import EmberServer

@Suite struct BreakerTests {
    private func at(_ seconds: Double) -> Time { Time(seconds: seconds) }

    @Test func opensAfterThreeFailuresInARowAndLetsOneTrialThrough() {
        var breaker = Breaker()
        for _ in 0..<2 { breaker.fail(.broken, at: at(0)) }
        #expect(breaker.wait(at: at(0)) == nil)
        breaker.fail(.broken, at: at(0))
        #expect(breaker.wait(at: at(0.5)) == 0.5)
        // One trial; others wait for what becomes of it.
        #expect(breaker.wait(at: at(1)) == nil)
        breaker.willAsk(at: at(1))
        #expect(breaker.wait(at: at(1.5)) != nil)
        breaker.succeed()
        for _ in 0..<2 {
            #expect(breaker.wait(at: at(1.5)) == nil)
            breaker.willAsk(at: at(1.5))
        }
    }

    @Test func aSuccessBetweenFailuresKeepsItClosed() {
        var breaker = Breaker()
        for _ in 0..<10 {
            breaker.fail(.broken, at: at(0))
            breaker.fail(.broken, at: at(0))
            breaker.succeed()
        }
        #expect(breaker.wait(at: at(0)) == nil)
    }

    @Test func pausesDoubleUpToALimit() {
        var breaker = Breaker()
        var now = 0.0
        var pauses: [Double] = []
        for _ in 0..<15 {
            breaker.fail(.broken, at: at(now))
            if let pause = breaker.wait(at: at(now)) {
                pauses.append(pause)
                now += pause
            }
        }
        #expect(Array(pauses.prefix(4)) == [1, 2, 4, 8])
        #expect(pauses.last == Breaker.longestPauseSeconds)
    }

    @Test func heedsWhatTheUpstreamSays() {
        var breaker = Breaker()
        breaker.fail(.busy(retryAfterSeconds: 7), at: at(10))
        #expect(breaker.wait(at: at(10)) == 7)
        #expect(breaker.wait(at: at(17)) == nil)
        breaker = Breaker()
        breaker.fail(.refused, at: at(0))
        #expect(breaker.wait(at: at(0)) == Breaker.refusedPauseSeconds)
        breaker = Breaker()
        breaker.fail(.busy(retryAfterSeconds: 1e9), at: at(0))
        #expect(breaker.wait(at: at(0)) == Breaker.longestPauseSeconds)
    }
}
