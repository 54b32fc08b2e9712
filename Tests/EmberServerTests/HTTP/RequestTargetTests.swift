import Hummingbird
import Testing

@testable import EmberServer

@Suite struct RequestTargetTests {
    @Test(arguments: [
        ("/", "/"), ("//", "/"), ("/health", "/health"), ("/a/", "/a"), ("//a///b//", "/a/b"), ("/%61", "/a"),
        ("/%7e", "/~"),
        ("/a%2fb", "/a%2Fb"), ("/a%2Fb/", "/a%2Fb"), ("/a%252Fb", "/a%252Fb"), ("/a%5Cb", "/a%5Cb"),
        ("/a\\b", "/a%5Cb"),
        ("/a%20b", "/a%20b"), ("/a;b=c", "/a;b=c"), ("/a%3Bb", "/a;b"), ("/A", "/A"), ("/ü", "/%C3%BC"),
        ("/%c3%bc", "/%C3%BC"),
        ("/...", "/..."), ("/.a/b.", "/.a/b."), ("/a:b@c", "/a:b@c"), ("/..%2f..", "/..%2F.."), ("/a?", "/a?"),
        ("/a/?x=1", "/a?x=1"), ("/a?x=%2f/?", "/a?x=%2f/?"), ("/a?b|c\"", "/a?b%7Cc%22"), ("/a?%", "/a?%25"),
        ("/?//../%61", "/?//../%61"),
    ])
    func hasOneForm(_ text: String, _ canonical: String) throws {
        let target = try RequestTarget(text)
        #expect(target.text == canonical)
        // Once is enough.
        #expect(try RequestTarget(canonical) == target)
    }

    @Test(
        arguments: [
            ("", .notAPath), ("*", .notAPath), ("host:80", .notAPath), ("http://a/b", .notAPath), ("a/b", .notAPath),
            ("/a#b", .fragment), ("/a?b#c", .fragment), ("/%", .brokenEscape), ("/%1", .brokenEscape),
            ("/%zz", .brokenEscape),
            ("/%00", .controlCharacter), ("/a%0d%0ab", .controlCharacter), ("/%7F", .controlCharacter),
            ("/\u{1}", .controlCharacter),
            ("/?%00", .controlCharacter), ("/?\n", .controlCharacter), ("/%ff", .notUTF8), ("/%c3", .notUTF8),
            ("/%ed%a0%80", .notUTF8),
            ("/.", .dotSegment), ("/a/..", .dotSegment), ("/%2e%2E/a", .dotSegment), ("/.%2e/", .dotSegment),
            ("/./a", .dotSegment),
        ] as [(String, RequestTarget.Fault)])
    func isRefused(_ text: String, _ fault: RequestTarget.Fault) {
        #expect(throws: fault) { try RequestTarget(text) }
    }

    @Test func hasABound() {
        #expect(throws: RequestTarget.Fault.tooLong) { try RequestTarget("/" + String(repeating: "a", count: 8192)) }
        #expect(throws: Never.self) { try RequestTarget("/" + String(repeating: "a", count: 8191)) }
    }

    /// The short way may only ever leave alone what the long way would.
    @Test func whatIsPlainIsCanonical() throws {
        #expect(RequestTarget.isPlain("/v1/chat/completions"))
        var random = SystemRandomNumberGenerator()
        let pieces = [
            "/", "/", ".", "..", "a", "Z9", "%61", "%2f", "%", "?", "#", ";", "\\", "é", "~", "_", "-", "\u{0}",
        ]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...6, using: &random)
            let text = "/" + (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
            guard RequestTarget.isPlain(text) else { continue }
            #expect(try RequestTarget(text).text == text, "\(text)")
        }
    }

    @Test(arguments: [
        ("http://host/a?b", "host", "/a?b"), ("HTTPS://h:1/a", "h:1", "/a"), ("http://h", "h", "/"),
        ("http://h?x", "h", "/?x"),
        ("http://u@h//a", "u@h", "//a"), ("http://", "", "/"),
    ])
    func absoluteFormsAreTakenApart(_ text: String, _ authority: String, _ target: String) {
        let form = AbsoluteForm(text)
        #expect(form?.authority == authority && form?.target == target)
    }

    /// However it is written, the route that was meant is named.
    @Test(arguments: [
        ("/v1/chat/completion/../completions", "/v1/chat/completions"), ("/chat/completions", "/v1/chat/completions"),
        ("/v1/v1/chat/completions", "/v1/chat/completions"), ("/api/v1/models", "/v1/models"),
        ("http://host:1/v1/models", "/v1/models"), ("https://host/models?x=/v1/chat/completions", "/v1/models"),
        ("http://host", nil), ("/V1/Models;a=b", "/v1/models"), ("/v1%2Fmodels", "/v1/models"),
        ("/%76%31/%6dodels#x", "/v1/models"), ("\\v1\\models", "/v1/models"), ("/nothing", nil), ("", nil),
        ("/a/../v1/./models", "/v1/models"),
    ])
    func theNearestRouteIsFound(_ text: String, _ path: String?) {
        let router = Router(context: EmberRequestContext.self)
        router.get("/v1/models") { _, _ in "" }
        router.post("/v1/chat/completions") { _, _ in "" }
        let directory = RouteDirectory()
        directory.fill(router.routes)
        #expect(directory.nearest(to: text, method: "GET")?.path == path)
    }

    @Test(arguments: ["/http://a/b", "ftp://a/b", "a", "*", "a:1", "://a"])
    func otherFormsAreNot(_ text: String) { #expect(AbsoluteForm(text) == nil) }
}
