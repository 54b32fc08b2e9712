import EmberCore
import EmberSystem
import EmberTestSupport
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

/// The login to the page.
@Suite struct SessionTests {
    private static let path = "/ember/v1/session"
    private static let unload = "/ember/v1/models/unload"
    private static let body = #"{"model":"m"}"#

    private static let keys = [
        AccessKey(name: "eva", key: "eva-key", service: nil, tenant: "e", tenantNumber: 0),
        AccessKey(name: "tom", key: "tom-key", service: nil, tenant: "t", tenantNumber: 1),
    ]

    private func withKeys(
        _ keys: AccessKeys = AccessKeys(Self.keys), _ test: @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let station = try Station([edgeModel("m")])
        try await serve(station, settings: { $0.keys = keys }, test)
    }

    /// The cookie and the token of a login.
    private func login(
        _ client: any TestClientProtocol, _ key: String = "eva-key", _ headers: HTTPFields = [:]
    ) async throws -> (cookie: String, token: String, attributes: [String]) {
        var headers = headers
        headers[.authorization] = "Bearer \(key)"
        let answer = try await client.post(Self.path, "", headers: headers)
        #expect(answer.status == .ok)
        let parts = try #require(answer.headers[.setCookie]).split(separator: ";").map {
            String($0.drop { $0 == " " })
        }
        let token = try #require(try answer.object()["token"] as? String)
        return (parts[0], token, Array(parts.dropFirst()))
    }

    @Test func aKeyIsExchangedForACookie() async throws {
        try await withKeys { client async throws in
            let (cookie, token, attributes) = try await login(client)
            #expect(Set(["Path=/", "HttpOnly", "SameSite=Strict"]).isSubset(of: attributes))
            #expect(attributes.contains("Max-Age=43200") && !attributes.contains("Secure"))
            #expect(cookie.count == "ember_session=".count + 64 && token.count == 64 && !cookie.contains(token))
            #expect(!cookie.contains("eva-key"))
            #expect(try await client.get("/ember/v1/state", headers: [.cookie: cookie]).status == .ok)
            let view = try await client.get(Self.path, headers: [.cookie: "a=b; \(cookie)"]).object()
            #expect(view["key"] as? String == "eva" && view["tenant"] as? String == "e")
            #expect(view["token"] as? String == token && view["needs_key"] as? Bool == true)
        }
    }

    @Test func wrongKeysAreNotExchanged() async throws {
        try await withKeys { client async throws in
            for headers: HTTPFields in [[:], [.authorization: "Bearer eva"], [.cookie: "ember_session=abc"]] {
                let answer = try await client.post(Self.path, "", headers: headers)
                #expect(answer.status == .unauthorized && answer.headers[.setCookie] == nil)
            }
            let view = try await client.get(Self.path).object()
            #expect(view["needs_key"] as? Bool == true && view["key"] == nil && view["token"] == nil)
        }
    }

    /// No other site can act in the page's name: it does not know the token.
    @Test func actsNeedTheToken() async throws {
        try await withKeys { client async throws in
            let (cookie, token, _) = try await login(client)
            let other = try await login(client, "tom-key").token
            for wrong in [nil, "", "x", other, String(token.dropLast()), token.uppercased() + "0"] {
                var headers: HTTPFields = [.cookie: cookie]
                headers[.sessionToken] = wrong
                #expect(try await client.post(Self.unload, Self.body, headers: headers).status == .unauthorized)
            }
            let right: HTTPFields = [.cookie: cookie, .sessionToken: token]
            #expect(try await client.post(Self.unload, Self.body, headers: right).status == .ok)
        }
    }

    /// Browsers send a cookie to every port of a host: what a page of another one sends does not count.
    @Test func pagesOfOtherPortsHaveNoSession() async throws {
        let station = try Station([edgeModel("m")])
        let keys = AccessKeys(Self.keys)
        try await serve(
            station,
            settings: {
                $0.keys = keys; $0.origins = [.any]
            }
        ) { client async throws in
            let (cookie, token, _) = try await login(client)
            for origin in ["http://localhost:3000", "https://localhost:1", "null"] {
                let headers: HTTPFields = [.cookie: cookie, .sessionToken: token, .origin: origin]
                #expect(try await client.get("/ember/v1/state", headers: headers).status == .unauthorized, "\(origin)")
                let view = try await client.get(Self.path, headers: headers).object()
                #expect(view["token"] == nil)
            }
        }
    }

    /// A proxy that speaks TLS keeps the host, and the page's origin is https.
    @Test func behindTLSTheCookieIsSecure() async throws {
        let station = try Station([edgeModel("m")])
        let keys = AccessKeys(Self.keys)
        try await serve(
            station,
            settings: {
                $0.keys = keys; $0.origins = [.any]
            }
        ) { client async throws in
            let (cookie, token, attributes) = try await login(client, "eva-key", [.origin: "https://localhost"])
            #expect(attributes.contains("Secure"))
            let headers: HTTPFields = [.cookie: cookie, .sessionToken: token, .origin: "https://localhost"]
            #expect(try await client.post(Self.unload, Self.body, headers: headers).status == .ok)
        }
    }

    @Test func aLogoutEndsTheSession() async throws {
        try await withKeys { client async throws in
            let (cookie, token, _) = try await login(client)
            let headers: HTTPFields = [.cookie: cookie, .sessionToken: token]
            let answer = try await client.executeRequest(uri: Self.path, method: .delete, headers: headers, body: nil)
            #expect(answer.status == .ok && answer.headers[.setCookie]?.contains("Max-Age=0") == true)
            #expect(try await client.get("/ember/v1/state", headers: headers).status == .unauthorized)
        }
    }

    @Test func aKeyThatIsRemovedEndsItsSessions() async throws {
        let keys = AccessKeys(Self.keys)
        let sessions = PageSessions(.system)
        let ticket = sessions.begin(for: Self.keys[0])
        #expect(sessions.session(ticket.id, among: keys.all)?.key.name == "eva")
        #expect(sessions.session(ticket.id, among: [Self.keys[1]]) == nil)
        let changed = AccessKey(name: "eva", key: "other", service: nil, tenant: "e")
        #expect(sessions.session(ticket.id, among: [changed]) == nil)
        #expect(sessions.session(ticket.token, among: keys.all) == nil)
    }

    @Test func sessionsExpireAndAreBounded() {
        let clock = HandClock()
        var surroundings = Surroundings.system
        surroundings.time = clock.time()
        let sessions = PageSessions(surroundings)
        let first = sessions.begin(for: Self.keys[0])
        clock.advance(by: .seconds(PageSessions.lifeSeconds - 1))
        #expect(sessions.session(first.id, among: Self.keys) != nil)
        let later = (0..<PageSessions.most).map { _ in sessions.begin(for: Self.keys[1]) }
        #expect(sessions.session(first.id, among: Self.keys) == nil, "the oldest goes for a new one")
        #expect(later.allSatisfy { sessions.session($0.id, among: Self.keys) != nil })
        #expect(Set(later.map(\.id)).count == PageSessions.most)
        clock.advance(by: .seconds(PageSessions.lifeSeconds))
        #expect(sessions.session(later[0].id, among: Self.keys) == nil)
    }

    @Test func withoutKeysThereIsNothingToLogInTo() async throws {
        try await serve(try Station([edgeModel("m")])) { client async throws in
            let view = try await client.get(Self.path).object()
            #expect(view["needs_key"] as? Bool == false && view["version"] as? String == EmberVersion.current)
            #expect(try await client.post(Self.path, "").headers[.setCookie] == nil)
        }
    }
}
