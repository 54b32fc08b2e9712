import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import EmberEngine
@testable import EmberNetwork
@testable import EmberServer

/// Why an upstream was not reached, and where a request must not be sent on to.
@Suite struct ConnectionFailureTests {
    private let sky = RemoteEngine(name: "sky", baseURL: "https://sky.example/v1")

    @Test(arguments: [
        (HTTPClientError.connectTimeout, "10 s"), (.tlsHandshakeTimeout, "TLS handshake"),
    ])
    func whatNeverReachedItCostsNothing(_ error: HTTPClientError, _ words: String) {
        let failure = ConnectionFailure(error, sky)
        #expect(failure.description.contains("sky.example:443") && failure.description.contains(words))
        #expect(failure.isBeforeRequest)
    }

    @Test func whatAProxyHasFailedKeepsItsWordsAndCostsNothing() {
        let failure = ConnectionFailure(NetworkProblem("the proxy of HTTPS_PROXY cannot be reached"), sky)
        #expect(failure.description == "the proxy of HTTPS_PROXY cannot be reached" && failure.isBeforeRequest)
    }

    @Test func whatBrokeLaterMayBeBilled() {
        let broken: [any Error] = [
            ReusedConnectionClosed(description: ""), HTTPClientError.remoteConnectionClosed, BrokenAnswer.cut,
            HTTPParserError.invalidEOFState, UpstreamSilence(seconds: 1),
            IOError(errnoCode: ECONNRESET, reason: "read"),
        ]
        for error in broken { #expect(!ConnectionFailure(error, sky).isBeforeRequest, "\(error)") }
        #expect(ConnectionFailure(IOError(errnoCode: ECONNREFUSED, reason: "connect"), sky).isBeforeRequest)
    }

    @Test func theTLSLibrarysWordsAreTold() {
        struct TLS: Error, CustomStringConvertible { let description: String }
        func words(_ text: String) -> String { ConnectionFailure(TLS(description: text), sky).description }
        let error = "handshakeFailed(NIOSSL.BoringSSLError.sslError([Error: 268436526 error:1000042e:SSL routines:"
        #expect(
            words(error + "OPENSSL_internal:TLSV1_ALERT_PROTOCOL_VERSION]))").contains("(TLSV1_ALERT_PROTOCOL_VERSION)")
        )
        #expect(words(error + "OPENSSL_internal:CERTIFICATE_VERIFY_FAILED]))").contains("SSL_CERT_FILE"))
        #expect(words(error + "OPENSSL_internal:WRONG_VERSION_NUMBER]))").contains("http:// instead of https://"))
        #expect(
            words("NIOSSLExtraError.failedToValidateHostname: Couldn't find sky.example in certificate from peer")
                .contains("for another name"))
    }

    private func target(_ status: Int, _ location: String?, from url: String = "https://sky.example/v1/x")
        throws(OddAnswer) -> String?
    {
        let headers = HTTPHeaders(location.map { [("location", $0)] } ?? [])
        return try UpstreamRedirect.target(
            of: AnswerHead(status: HTTPResponseStatus(statusCode: status), headers: headers), from: url)
    }

    @Test func redirectsStayAtTheirOrigin() throws {
        #expect(try target(307, "/v2/y") == "https://sky.example/v2/y")
        #expect(try target(308, "y?z=1") == "https://sky.example/v1/y?z=1")
        #expect(try target(307, "HTTPS://SKY.example:443/y")?.lowercased() == "https://sky.example:443/y")
        #expect(try target(200, "/y") == nil)
        let others = [
            "http://sky.example/y", "https://sky.example:444/y", "https://sky.example.evil.example/y",
            "//evil.example/y",
            "https://me@sky.example/y", "ftp://sky.example/y", "", "https://",
        ]
        for location in others { #expect(throws: OddAnswer.self, "\(location)") { try target(307, location) } }
        for status in [300, 301, 302, 303, 304, 305, 399] {
            #expect(throws: OddAnswer.self, "\(status)") { try target(status, "/y") }
        }
    }
}
