import Foundation
import Testing

@testable import EmberPull

/// Downloads from a stand-in for Hugging Face.
@Suite struct PullHuggingFaceTests {
    static let file = "/owner/repo/resolve/main/q4/model.gguf"

    let folder: PullFolder
    let content = modelBytes(60_000)
    let request: PullRequest

    init() throws {
        folder = try PullFolder()
        request = PullRequest(source: try PullSource("hf:owner/repo/q4/model.gguf"))
    }

    private func environment(_ site: PullTestSite, token: String? = "hf_secret") -> [String: String] {
        var variables = ["HF_ENDPOINT": site.url("")]
        variables["HF_TOKEN"] = token
        return variables
    }

    @Test func sendsTheTokenToTheEndpointOnly() async throws {
        let (folder, content, request) = (folder, content, request)
        try await PullTestSite.answering { seen, _ in
            // The storage's own tag looks like a hash of the file and is none.
            seen.file(content, etag: "\"\(sha256([9]))\"")
        }.run { storage in
            // Another host name and another port; the token may go to neither.
            for target in [storage.url("/blob", host: "localhost"), storage.url("/blob")] {
                try await PullTestSite.answering { seen, _ in
                    seen.path == Self.file ? .redirect(to: "/moved") : .redirect(to: target)
                }.run { hub in
                    _ = try await folder.puller(environment: environment(hub)).pull(request)
                    #expect(hub.requests.map(\.path) == [Self.file, "/moved"])
                    #expect(hub.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_secret" })
                }
            }
            #expect(storage.requests.count == 2)
            #expect(storage.requests.allSatisfy { $0.headers["authorization"] == nil })
        }
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test func plainURLsNeverGetTheToken() async throws {
        let (folder, content) = (folder, content)
        try await PullTestSite.answering { seen, _ in seen.file(content) }.run { site in
            _ = try await folder.puller(environment: environment(site)).pull(.url(site.url("/model.gguf")))
            #expect(site.requests.count == 1 && site.requests[0].headers["authorization"] == nil)
        }
    }

    @Test func checksTheHashThatTheEndpointAnnounces() async throws {
        let (folder, content, request) = (folder, content, request)
        try await PullTestSite.answering { seen, count in
            if seen.path == "/blob" { return seen.file(content) }
            let announced = count == 1 ? sha256(content) : sha256([1])
            return .redirect(to: "/blob", headers: ["X-Linked-Etag": "\"\(announced)\""])
        }.run { site in
            let puller = folder.puller(environment: environment(site))
            #expect(try await puller.pull(request).sha256 == sha256(content))
            try FileManager.default.removeItem(atPath: folder.path + "/model.gguf")
            let error = await pullError { () throws(PullError) in try await puller.pull(request) }
            #expect(error == .wrongHash(name: "model.gguf", expected: sha256([1]), actual: sha256(content)))
        }
        #expect(folder.names == [])
    }

    @Test func checksTheEntityTagWhenTheEndpointServesTheFile() async throws {
        let (folder, content, request) = (folder, content, request)
        try await PullTestSite.answering { seen, _ in seen.file(content, etag: "\"\(sha256([1]))\"") }.run { site in
            let error = await pullError { () throws(PullError) in
                try await folder.puller(environment: environment(site)).pull(request)
            }
            #expect(error == .wrongHash(name: "model.gguf", expected: sha256([1]), actual: sha256(content)))
        }
    }

    @Test func aHashOtherThanTheAnnouncedOneIsRefusedBeforeTheDownload() async throws {
        let (folder, content) = (folder, content)
        var request = request
        request.sha256 = sha256([5])
        let wanted = request
        try await PullTestSite.answering { seen, _ in
            var reply = seen.file(content)
            reply.headers["X-Linked-Etag"] = sha256(content)
            return reply
        }.run { site in
            let reports = PullReports()
            let error = await pullError { () throws(PullError) in
                try await folder.puller(environment: environment(site)).pull(wanted, progress: reports.add)
            }
            #expect(error == .wrongHash(name: "model.gguf", expected: sha256([5]), actual: sha256(content)))
            #expect(!reports.phases.contains(.downloading))
        }
        #expect(folder.names == [])
    }

    @Test(arguments: [401, 403]) func saysWhatToDoAboutTheToken(status: Int) async throws {
        let (folder, request) = (folder, request)
        try await PullTestSite.answering { _, _ in PullReply(status: status) }.run { site in
            for (token, text) in [(nil, "then set HF_TOKEN"), ("hf_secret", "HF_TOKEN was not accepted")] {
                let error = await pullError { () throws(PullError) in
                    try await folder.puller(environment: environment(site, token: token)).pull(request)
                }
                #expect(error?.description.contains(text) == true)
                #expect(isOneLine(error) && error?.description.contains("hf_secret") == false)
            }
            #expect(site.requests.count == 2)
        }
    }

    @Test func asksForTheRevision() async throws {
        let (folder, content) = (folder, content)
        let request = PullRequest(source: try PullSource("hf:owner/repo/model.gguf@v1.0"))
        try await PullTestSite.answering { seen, _ in seen.file(content) }.run { site in
            _ = try await folder.puller(environment: environment(site, token: nil)).pull(request)
            #expect(site.requests.map(\.path) == ["/owner/repo/resolve/v1.0/model.gguf"])
        }
    }

    @Test(arguments: [
        ["HF_ENDPOINT": "huggingface.co"], ["HF_ENDPOINT": "ftp://host"], ["HF_ENDPOINT": "https://"],
        ["HF_TOKEN": "two\nlines"], ["HF_ENDPOINT": "http://host.example"],
    ])
    func badSettingsAreNamed(environment: [String: String]) async throws {
        let (folder, request) = (folder, request)
        let error = await pullError { () throws(PullError) in
            try await folder.puller(environment: environment) { $0.attempts = 1 }.pull(request)
        }
        switch error {
        case .badSetting(let why)?: #expect(why.contains(environment.keys.first ?? "?"))
        case .insecure?: #expect(environment["HF_ENDPOINT"]?.hasPrefix("http://") == true)
        default: Issue.record("\(String(describing: error))")
        }
        #expect(isOneLine(error))
    }
}
