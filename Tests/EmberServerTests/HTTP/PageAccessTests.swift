import EmberConfig
import HTTPTypes
import Testing

@testable import EmberServer

@Suite struct PageAccessTests {
    private func request(
        _ host: String?, method: HTTPRequest.Method = .get, _ headers: HTTPFields = [:]
    ) -> HTTPRequest {
        HTTPRequest(method: method, scheme: "http", authority: host, path: "/", headerFields: headers)
    }

    private func access(
        origins: [String] = [], hosts: [String] = [], isUnixSocket: Bool = false
    ) throws -> PageAccess {
        PageAccess(
            origins: try origins.map { try OriginPattern.parse($0) },
            hosts: try hosts.map { try HostPattern.parse($0) }, isUnixSocket: isUnixSocket)
    }

    private func verdict(_ access: PageAccess, _ request: HTTPRequest, hasKey: Bool = false) -> PageAccess.Verdict {
        access.judge(request) { hasKey }
    }

    @Test func programsPass() throws {
        let access = try access()
        for host in ["localhost:11500", "127.0.0.1", "[::1]:11500", "192.168.1.2:80", "x.localhost"] {
            #expect(verdict(access, request(host)) == .allowed(nil), "\(host)")
        }
    }

    @Test func aForeignNamePassesWithAKeyOrByTheSetting() throws {
        let foreign = request("ember.lan:80")
        #expect(verdict(try access(), foreign) == .refused(.foreignHost("ember.lan"), nil))
        #expect(verdict(try access(), foreign, hasKey: true) == .allowed(nil))
        #expect(verdict(try access(hosts: ["EMBER.lan"]), foreign) == .allowed(nil))
        #expect(verdict(try access(hosts: ["*.lan"]), foreign) == .allowed(nil))
        #expect(verdict(try access(hosts: ["lan"]), foreign) == .refused(.foreignHost("ember.lan"), nil))
        #expect(verdict(try access(isUnixSocket: true), foreign) == .allowed(nil))
        #expect(verdict(try access(isUnixSocket: true), request(nil)) == .allowed(nil))
    }

    @Test func aKeyIsNoReasonForABadHostOrAForeignPage() throws {
        #expect(verdict(try access(), request(nil), hasKey: true) == .refused(.badHost, nil))
        #expect(verdict(try access(), request("localhost", [.host: "b"]), hasKey: true) == .refused(.badHost, nil))
        let page = request("localhost", [.origin: "https://evil.example"])
        #expect(verdict(try access(), page, hasKey: true) == .refused(.foreignOrigin("https://evil.example"), nil))
    }

    @Test(arguments: [
        ("localhost", "http://localhost"), ("localhost:80", "http://localhost"),
        ("localhost:8080", "http://LOCALHOST:8080"),
        ("[::1]:1", "http://[::1]:1"), ("127.0.0.1", "http://127.0.0.1:80"),
    ])
    func ownPagesPass(_ host: String, _ origin: String) throws {
        #expect(verdict(try access(), request(host, [.origin: origin, .fetchSite: "same-origin"])) == .allowed(nil))
    }

    @Test(arguments: [
        "null", "", "https://localhost", "http://localhost:81", "http://127.0.0.1", "http://localhost.evil.example",
        "localhost",
        "http://localhost/", "http://localhost, http://localhost", "file://",
    ])
    func othersDoNot(_ origin: String) throws {
        #expect(verdict(try access(), request("localhost", [.origin: origin])) == .refused(.foreignOrigin(origin), nil))
    }

    @Test func allowedPagesGetAGrant() throws {
        let access = try access(origins: ["https://a.example", "http://*.b.example:*"])
        let headers: HTTPFields = [.origin: "https://a.example", .fetchSite: "cross-site"]
        let grant = PageAccess.Grant(origin: "https://a.example")
        #expect(verdict(access, request("localhost", headers)) == .allowed(grant))
        #expect(verdict(access, request("evil.example", headers)) == .refused(.foreignHost("evil.example"), grant))
        var asking = headers
        asking[.accessControlRequestMethod] = "POST"
        #expect(verdict(access, request("evil.example", method: .options, asking)) == .preflight(grant))
        let nameless = request("localhost", [.fetchSite: "cross-site"])
        #expect(verdict(access, nameless) == .refused(.foreignSite("cross-site"), nil))
    }

    @Test func anyPageIsAnsweredWithoutCredentials() throws {
        let page = request("localhost", [.origin: "null", .fetchSite: "cross-site"])
        #expect(verdict(try access(origins: ["*"]), page) == .allowed(PageAccess.Grant(origin: "*")))
        #expect(!PageAccess.Grant(origin: "*").takesCredentials)
        // A name that points here is no page's origin, and stays foreign.
        let rebound = request("evil.example", [.origin: "http://evil.example"])
        #expect(verdict(try access(origins: ["*"]), rebound) == .refused(.foreignHost("evil.example"), nil))
    }

    @Test(arguments: [("true", true), ("false", false), (nil, false)] as [(String?, Bool)])
    func aPageOfAnotherNetworkIsToldThatItMayAsk(_ asked: String?, _ isTold: Bool) throws {
        var headers: HTTPFields = [.accessControlRequestMethod: "POST"]
        if let asked { headers[try #require(HTTPField.Name("Access-Control-Request-Private-Network"))] = asked }
        let answer = PageAccess.Grant(origin: "https://a.example").preflight(for: headers)
        let told = answer[try #require(HTTPField.Name("Access-Control-Allow-Private-Network"))]
        #expect(told == (isTold ? "true" : nil))
    }

    @Test func oddListsOfHeadersAreAnsweredWithTheUsualOnes() {
        let grant = PageAccess.Grant(origin: "https://a.example")
        for odd in ["a b", "x\u{1}y", ",,", String(repeating: "a,", count: 4000)] {
            let headers = grant.preflight(for: [.accessControlRequestHeaders: odd])
            #expect(headers[.accessControlAllowHeaders]?.contains("authorization") == true, "\(odd.prefix(9))")
        }
        #expect(grant.preflight(for: [.accessControlRequestHeaders: "X-A , b"])[.accessControlAllowHeaders] == "x-a, b")
    }
}
