import EmberCore
import EmberPage
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

/// The page's own files.
@Suite struct PageFilesTests {
    private static let gzip: HTTPFields = [.acceptEncoding: "gzip, br"]
    private static let browser: HTTPFields = [.accept: "text/html,application/xhtml+xml,*/*;q=0.8"]

    /// Nothing in them is the server's, and the login is one of them.
    @Test func filesNeedNoKey() async throws {
        let station = try Station([edgeModel("m")])
        let keys = AccessKeys([AccessKey(name: "eva", key: "k", service: nil)])
        try await serve(station, settings: { $0.keys = keys }) { client async throws in
            for file in PageFile.all {
                let answer = try await client.get(file.path, headers: Self.browser)
                #expect(answer.status == .ok && answer.headers[.contentType] == file.contentType)
                #expect(Array(answer.body.readableBytesView) == file.bytes)
            }
        }
    }

    @Test func theyMayRunNothingFromElsewhereAndStandInNoFrame() async throws {
        try await serve(try Station([edgeModel("m")])) { client async throws in
            let headers = try await client.get("/", headers: Self.browser).headers
            let policy = try #require(headers[.contentSecurityPolicy])
            for rule in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"] {
                #expect(policy.contains(rule))
            }
            #expect(!policy.contains("unsafe") && !policy.contains("http"))
            #expect(headers[.xContentTypeOptions] == "nosniff")
            #expect(headers[HTTPField.Name("referrer-policy")!] == "no-referrer")
        }
    }

    @Test func knownOnesAreNotSentAgain() async throws {
        try await serve(try Station([edgeModel("m")])) { client async throws in
            let first = try await client.get("/page/app.js", headers: Self.gzip)
            let tag = try #require(first.headers[.eTag])
            #expect(first.headers[.contentEncoding] == "gzip" && first.body.readableBytes > 0)
            let again = try await client.get("/page/app.js", headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified && again.body.readableBytes == 0)
            #expect(try await client.get("/page/app.js", headers: [.ifNoneMatch: "\"other\""]).status == .ok)
        }
    }

    @Test func theWholePageIsSmall() {
        #expect(PageFile.all.reduce(0) { $0 + $1.bytes.count } < 150_000)
    }

    @Test func compressedOnesAreShorter() {
        let text = Array(String(repeating: "a line of text\n", count: 1000).utf8)
        let compressed = Gzip.compressed(text)
        #expect(compressed.count < text.count / 10 && compressed.starts(with: [0x1f, 0x8b]))
        #expect(Gzip.compressed([]).starts(with: [0x1f, 0x8b]))
    }

    @Test func programsAreAnsweredAsByOllama() async throws {
        try await serve(try Station([edgeModel("m")])) { client async throws in
            #expect(try await client.get("/").text == "Ollama is running")
            #expect(try await client.get("/", headers: [.accept: "*/*"]).text == "Ollama is running")
        }
    }

    @Test func otherPathsAndMethodsAreNoFiles() async throws {
        try await serve(try Station([edgeModel("m")])) { client async throws in
            #expect(try await client.get("/page/none.js").status == .notFound)
            #expect(try await client.post("/page/app.js", "{}", headers: Self.browser).status == .notFound)
            #expect(try await client.post("/", "{}", headers: Self.browser).status == .methodNotAllowed)
        }
    }
}
