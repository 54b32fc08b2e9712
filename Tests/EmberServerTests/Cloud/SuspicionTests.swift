import EmberCore
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import EmberServer

/// Whose fault an error is: the request's, or that of the server which has told it.
@Suite struct SuspicionTests {
    private func at(_ seconds: Double) -> Time { Time(seconds: seconds) }

    private func failure(_ request: Int, of tenant: Int = 0) -> Suspicion.Case {
        .init(request: request, tenant: tenant)
    }

    @Test func oneBadRequestNeverTellsAgainstAServer() {
        var suspicion = Suspicion()
        for _ in 0..<1000 {
            let blames = suspicion.note(failure(1), at: at(0))
            #expect(!blames)
        }
    }

    @Test func badRequestsOfOneClientDoNotOpenABreaker() {
        var breaker = Breaker()
        for request in 0..<(Suspicion.requestsOfOneTenant - 1) {
            let counts = breaker.suspect(failure(request), at: at(0))
            #expect(!counts)
        }
        #expect(breaker.wait(at: at(0)) == nil && breaker.failures == 0)
        breaker.succeed()
        let counts = breaker.suspect(failure(99), at: at(0))
        #expect(!counts, "a success in between clears the upstream")
    }

    @Test func anUpstreamThatFailsEverythingIsLeftAlone() {
        var breaker = Breaker()
        for request in 0..<Suspicion.requestsOfOneTenant { _ = breaker.suspect(failure(request), at: at(0)) }
        #expect(breaker.wait(at: at(0)) != nil)
        // A trial that fails in the same way is none that went well, also of a request that has failed before.
        breaker.willAsk(at: at(1))
        let counts = breaker.suspect(failure(0), at: at(1))
        #expect(counts)
        #expect(breaker.wait(at: at(1)) == 2)
    }

    @Test func severalTenantsTellSooner() {
        var breaker = Breaker()
        for request in 0..<Suspicion.requestsOfMore {
            #expect(breaker.wait(at: at(0)) == nil)
            _ = breaker.suspect(failure(request, of: request % 2), at: at(0))
        }
        #expect(breaker.wait(at: at(0)) != nil)
        // The same request of many is one request.
        var suspicion = Suspicion()
        for tenant in 0..<100 {
            let blames = suspicion.note(failure(1, of: tenant), at: at(0))
            #expect(!blames)
        }
    }

    @Test func whatIsLongAgoIsForgotten() {
        var suspicion = Suspicion()
        for request in 0..<20 {
            let blames = suspicion.note(failure(request), at: at(Double(request) * Suspicion.memorySeconds / 4))
            #expect(!blames)
        }
    }

    private func fault(_ status: Int, _ body: String, _ type: String = "application/json") -> AnswerFault? {
        let head = AnswerHead(status: HTTPResponseStatus(statusCode: status), headers: ["content-type": type])
        return AnswerFault(EngineAnswer(head, .whole(ByteBuffer(string: body))), at: Date(timeIntervalSince1970: 0))
    }

    @Test func errorsAreToldApart() {
        let ofEngine = #"{"error":{"code":500,"message":"no role","type":"server_error"}}"#
        #expect(fault(500, ofEngine) == .unclear)
        #expect(fault(500, "data: \(ofEngine)\n\n", "text/event-stream") == .unclear)
        #expect(fault(500, #"{"detail":"Internal Server Error"}"#) == .unclear)
        #expect(fault(500, #"{"error":{"message":"no role","type":"invalid_request_error"}}"#) == .request)
        #expect(fault(500, #"{"error":{"message":"no role","code":400}}"#) == .request)
        #expect(fault(501, #"{"error":{"message":"no pictures"}}"#) == .request)
        // Gateways, and what is no error object.
        for status in [502, 503, 504, 520, 524, 529] { #expect(fault(status, ofEngine) == .server(.broken)) }
        #expect(fault(429, ofEngine) == .server(.busy(retryAfterSeconds: nil)))
        for body in ["", "{}", "<html>500</html>", "null", "[]", "{\"error\":null}", "{\"error\":{\"mess"] {
            #expect(fault(500, body) == .server(.broken), "\(body)")
        }
        for status in [200, 400, 404, 413, 422] { #expect(fault(status, ofEngine) == nil) }
    }
}
