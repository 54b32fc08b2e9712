import EmberCore
import Testing

@testable import EmberServer

@Suite struct BreakerTests {
    private func at(_ seconds: Double) -> Time { Time(seconds: seconds) }

    @Test func opensAfterThreeFailuresInARowAndLetsOneTrialThrough() {
        var breaker = Breaker()
        for _ in 0..<2 { breaker.fail(.broken, at: at(0)) }
        let answer1 = breaker.admit(at: at(0))
        #expect(answer1)
        breaker.fail(.broken, at: at(0))
        let answer2 = breaker.admit(at: at(0.9))
        #expect(!answer2)
        #expect(breaker.wait(at: at(0.5)) == 0.5)
        // One trial; others wait for what becomes of it.
        let answer3 = breaker.admit(at: at(1))
        #expect(answer3)
        let answer4 = breaker.admit(at: at(1.5))
        #expect(!answer4)
        breaker.succeed()
        let answer5 = breaker.admit(at: at(1.5))
        let answer6 = breaker.admit(at: at(1.5))
        #expect(answer5 && answer6)
    }

    @Test func aSuccessBetweenFailuresKeepsItClosed() {
        var breaker = Breaker()
        for _ in 0..<10 {
            breaker.fail(.broken, at: at(0))
            breaker.fail(.broken, at: at(0))
            breaker.succeed()
        }
        let answer7 = breaker.admit(at: at(0))
        #expect(answer7)
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
        let answer8 = breaker.admit(at: at(17))
        #expect(answer8)
        breaker = Breaker()
        breaker.fail(.refused, at: at(0))
        #expect(breaker.wait(at: at(0)) == Breaker.refusedPauseSeconds)
        breaker = Breaker()
        breaker.fail(.busy(retryAfterSeconds: 1e9), at: at(0))
        #expect(breaker.wait(at: at(0)) == Breaker.longestPauseSeconds)
    }
}
