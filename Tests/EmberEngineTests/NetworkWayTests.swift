import AsyncHTTPClient
import EmberCore
import Foundation
import Testing

@testable import EmberEngine

/// Which way leads to a server, by environment variables and settings.
@Suite struct NetworkWayTests {
    private func way(_ url: String, _ variables: [String: String]) throws -> NetworkWay {
        try NetworkEnvironment(variables).way(to: try #require(URL(string: url)))
    }

    private struct Case: Sendable, CustomTestStringConvertible {
        let url: String
        let variables: [String: String]
        let proxy: String?
        init(_ url: String, _ variables: [String: String], _ proxy: String?) {
            (self.url, self.variables, self.proxy) = (url, variables, proxy)
        }
        var testDescription: String { "\(url) \(variables)" }
    }

    private static let cases: [Case] = [
        Case("https://a.example/x", ["HTTPS_PROXY": "http://p:1"], "p:1 HTTPS_PROXY"),
        Case("https://a.example/x", ["https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:1"], "p:1 https_proxy"),
        Case("https://a.example/x", ["https_proxy": " ", "HTTPS_PROXY": "http://q:1"], "q:1 HTTPS_PROXY"),
        Case("https://a.example/x", ["HTTP_PROXY": "http://p:1"], nil),
        Case("https://a.example/x", ["ALL_PROXY": "socks5://p"], "p:1080 ALL_PROXY"),
        Case("https://a.example/x", ["ALL_PROXY": "http://q:1", "HTTPS_PROXY": "p:1"], "p:1 HTTPS_PROXY"),
        Case("http://a.example/x", ["HTTP_PROXY": "http://p"], "p:80 HTTP_PROXY"),
        Case("http://a.example/x", ["HTTPS_PROXY": "http://p"], nil),
        Case("http://a.example/x", ["all_proxy": "http://p:2"], "p:2 all_proxy"),
        // What a client's header "Proxy" says becomes HTTP_PROXY where programs are started by CGI.
        Case("http://a.example/x", ["HTTP_PROXY": "http://p", "REQUEST_METHOD": "GET"], nil),
        Case("http://a.example/x", ["http_proxy": "http://p", "REQUEST_METHOD": "GET"], "p:80 http_proxy"),
        Case("http://localhost/x", ["HTTP_PROXY": "http://p"], nil),
        Case("http://a.localhost/x", ["HTTP_PROXY": "http://p"], nil),
        Case("http://127.9.9.9:80/x", ["HTTP_PROXY": "http://p"], nil),
        Case("http://[::1]:80/x", ["HTTP_PROXY": "http://p"], nil),
        Case("http://[::ffff:127.0.0.1]/x", ["HTTP_PROXY": "http://p"], nil),
        Case("http://127.example.org/x", ["HTTP_PROXY": "http://p"], "p:80 HTTP_PROXY"),
        Case("https://a.example/x", ["HTTPS_PROXY": "p:1", "NO_PROXY": "example"], nil),
        Case("https://a.example/x", ["HTTPS_PROXY": "p:1", "no_proxy": "other", "NO_PROXY": "*"], "p:1 HTTPS_PROXY"),
        Case("https://a.example/x", ["HTTPS_PROXY": "p:1", "NO_PROXY": "a.example:444"], "p:1 HTTPS_PROXY"),
        Case("https://a.example/x", ["HTTPS_PROXY": "p:1", "NO_PROXY": "a.example:443"], nil),
    ]

    @Test(arguments: cases) private func variablesTellTheProxy(_ test: Case) throws {
        let proxy = try way(test.url, test.variables).proxy
        #expect(proxy.map { "\($0.address) \($0.setting)" } == test.proxy)
    }

    @Test func plainServersAreAskedForByWholeURLs() throws {
        #expect(try way("http://a.example", ["ALL_PROXY": "http://p"]).proxy?.forwards == true)
        #expect(try way("https://a.example", ["ALL_PROXY": "http://p"]).proxy?.forwards == false)
        #expect(try way("http://a.example", ["ALL_PROXY": "socks5://p"]).proxy?.forwards == false)
    }

    @Test func certificatesCountForHTTPSAlone() throws {
        let variables = ["SSL_CERT_FILE": "/c.pem"]
        #expect(try way("https://a.example", variables).certificates == .init(path: "/c.pem", setting: "SSL_CERT_FILE"))
        #expect(try way("http://a.example", variables) == .direct)
        #expect(throws: NetworkProblem.self) { try way("https://a.example", variables).check() }
    }

    @Test func anUpstreamsOwnSettingsGoBefore() throws {
        let environment = NetworkEnvironment(["HTTPS_PROXY": "http://p", "NO_PROXY": "*", "SSL_CERT_FILE": "/c"])
        let url = try #require(URL(string: "https://localhost/v1"))
        let own = try environment.way(to: url, proxy: Secret("http://q:9"), certificates: "/d", ofUpstream: "sky")
        #expect(own.proxy?.address.description == "q:9" && own.proxy?.setting == "upstreams.sky.proxy")
        #expect(own.certificates == .init(path: "/d", setting: "upstreams.sky.ca_file"))
        let none = try environment.way(to: url, proxy: Secret("none"), certificates: nil, ofUpstream: "sky")
        #expect(none.proxy == nil && none.certificates?.path == "/c")
    }

    @Test(arguments: [
        ("http://p.example:3128", "p.example:3128"), ("p.example", "p.example:80"),
        ("HTTP://[fd00::1]:8080/", "[fd00::1]:8080"),
        ("socks5h://10.0.0.1", "10.0.0.1:1080"), ("http://me:secret@p:1", "p:1"), ("http://me@p", "p:80"),
    ]) func readsAddresses(text: String, shown: String) throws { #expect(try ProxyAddress(text).description == shown) }

    @Test(arguments: [
        "", "http://", "https://p", "ftp://p", "socks4://p", "http://p:0", "http://p:65536", "http://p:x",
        "http://p/path",
        "http://p?q", "http://a b", "http://[::1", "http://[p]", "http://me:%zz@p", "socks5://me:secret@p",
        "http://p:1:2",
    ]) func refusesOtherAddressesWithoutShowingThem(text: String) {
        do {
            _ = try ProxyAddress(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(!error.description.isEmpty && !error.description.contains("secret"))
        }
    }

    @Test func aPasswordIsInNoDescription() throws {
        let address = try ProxyAddress("http://me:p%40ss@p:1")
        #expect(address.credentials?.revealed == Data("me:p@ss".utf8).base64EncodedString())
        let way = try NetworkEnvironment(["ALL_PROXY": "http://me:p%40ss@p:1"])
            .way(to: try #require(URL(string: "https://a.example")))
        var dumped = ""
        dump(way, to: &dumped)
        for text in ["\(address)", "\(way)", dumped] {
            #expect(!text.contains("p@ss") && !text.contains(address.credentials?.revealed ?? "?"))
        }
        #expect(try ProxyAddress("http://me:a@p") != ProxyAddress("http://me:b@p"))
    }

    /// Without a password in its address, and with one that is wrong.
    @Test(arguments: [
        ("http://p:1", "the proxy p:1 of ALL_PROXY wants a user and password (HTTP 407)"),
        ("http://me:secret@p:1", "the proxy p:1 of ALL_PROXY does not accept the user and password (HTTP 407)"),
    ]) func aProxyThatWantsAPasswordIsTold(address: String, message: String) throws {
        let proxy = try #require(try way("https://a.example", ["ALL_PROXY": address]).proxy)
        let told = "\(ProxyFailures.wantsPassword(proxy))"
        #expect(told.hasPrefix(message + ": write http://USER:PASSWORD@p:1 in ALL_PROXY"), "\(told)")
    }

    @Test(arguments: ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"]) func aBadVariableIsNamed(name: String) {
        do {
            _ = try way("https://a.example", [name: "ftp://me:secret@p"])
            Issue.record("taken")
        } catch {
            #expect("\(error)".hasPrefix(name + " ") && !"\(error)".contains("secret"))
        }
    }
}

@Suite struct ProxyExceptionsTests {
    @Test(arguments: [
        ("*", "anything", 1), ("example.com", "example.com", 1), ("example.com", "a.b.EXAMPLE.com", 1),
        (".example.com", "a.example.com", 1), (".example.com", "example.com", 1), ("*.example.com", "a.example.com", 1),
        ("example.com.", "example.com", 1), ("example.com", "example.com.", 1), ("a, b\tc", "c", 1),
        ("a:8080", "a", 8080), ("10.0.0.0/8", "10.255.1.2", 1), ("10.1.2.3", "10.1.2.3", 1),
        ("10.1.2.3:5", "10.1.2.3", 5),
        ("192.168.4.0/22", "192.168.7.255", 1), ("0.0.0.0/0", "8.8.8.8", 1), ("fd00::/8", "fdff::1", 1),
        ("[fd00::1]", "fd00::1", 1), ("[fd00::1]:5", "fd00::1", 5), ("fd00::1", "fd00:0::1", 1),
        ("10.0.0.0/8", "::ffff:10.1.1.1", 1),
    ]) func cover(list: String, host: String, port: Int) { #expect(ProxyExceptions(list).cover(host, port: port)) }

    @Test(arguments: [
        ("", "a", 1), (",", "a", 1), ("example.com", "badexample.com", 1), ("example.com", "example.com.evil.org", 1),
        ("a:8080", "a", 80), ("10.0.0.0/8", "11.0.0.1", 1), ("10.0.0.0/8", "10.example.com", 1),
        ("192.168.4.0/22", "192.168.8.0", 1), ("10.0.0.0/33", "10.0.0.1", 1), ("10.0.0.0/x", "10.0.0.1", 1),
        ("fd00::/8", "fe00::1", 1), ("fd00::/8", "10.0.0.1", 1), ("[fd00::1]:5", "fd00::1", 6), ("*a", "ba", 1),
    ]) func doNotCover(list: String, host: String, port: Int) {
        #expect(!ProxyExceptions(list).cover(host, port: port))
    }
}

@Suite struct WholeURLTests {
    @Test(arguments: [
        ("http://a.example/v1/x?y=1", "a.example", "http://p:1/v1/x?y=1"),
        ("http://a.example:81", "a.example:81", "http://p:1"),
        ("http://[::1]:81/x", "[::1]:81", "http://p:1/x"), ("http://me:a@b.example/x", "b.example", "http://p:1/x"),
    ]) func theProxyIsAskedForTheServer(url: String, server: String, asked: String) throws {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "host", value: "other")
        WholeURL.readdress(&request, to: try ProxyAddress("http://p:1"))
        #expect(request.url == asked && request.headers["host"] == [server])
    }
}
