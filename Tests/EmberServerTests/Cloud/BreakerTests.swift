import EmberCore
import Foundation
import NIOHTTP1
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

    /// What was asked before the pause began says nothing of how the upstream is now.
    @Test func aLateSuccessDoesNotEndAPause() {
        var breaker = Breaker()
        breaker.fail(.busy(retryAfterSeconds: 60), at: at(0))
        breaker.succeed()
        #expect(breaker.wait(at: at(1)) == 59)
        breaker.willAsk(at: at(60))
        breaker.succeed()
        #expect(breaker.wait(at: at(60)) == nil)
    }

    @Test func retryAfterIsANumberOrADate() {
        let noon = Date(timeIntervalSince1970: 1_769_860_800)
        func failure(_ status: HTTPResponseStatus, _ text: String?) -> Breaker.Failure? {
            let headers = HTTPHeaders(text.map { [("retry-after", $0)] } ?? [])
            return Breaker.Failure(
                EngineAnswer(AnswerHead(status: status, headers: headers), .whole(.init())), at: noon)
        }
        #expect(failure(.tooManyRequests, "2.5") == .busy(retryAfterSeconds: 2.5))
        #expect(failure(.tooManyRequests, "Sat, 31 Jan 2026 12:00:30 GMT") == .busy(retryAfterSeconds: 30))
        #expect(failure(.tooManyRequests, "Sat, 31 Jan 2026 11:00:00 GMT") == .busy(retryAfterSeconds: 0))
        #expect(failure(.tooManyRequests, "soon") == .busy(retryAfterSeconds: nil))
        #expect(failure(.serviceUnavailable, "7") == .busy(retryAfterSeconds: 7))
        #expect(failure(.serviceUnavailable, nil) == .broken)
        #expect(failure(.ok, "7") == nil)
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
