import Foundation
import Testing

@testable import EmberEngine

/// What a pull refuses, and what it leaves behind then.
@Suite struct PullRefusalTests {
    let folder: PullFolder
    let content = modelBytes(50_000)

    init() throws { folder = try PullFolder() }

    /// The error of a pull from a server that answers every request alike.
    private func error(
        _ reply: PullReply, path: String = "/model.gguf", name: String? = nil, sha256: String? = nil,
        change: @escaping @Sendable (inout PullSettings) -> Void = { _ in }
    ) async throws -> (error: PullError?, requests: Int) {
        let folder = folder
        return try await PullTestSite.answering { _, _ in reply }.run { site in
            let request = try PullRequest.url(site.url(path), name: name, sha256: sha256)
            let error = await pullError { () throws(PullError) in
                try await folder.puller(change: change).pull(request)
            }
            #expect(error == nil || isOneLine(error))
            return (error, site.requests.count)
        }
    }

    @Test func aWrongHashRemovesTheDownload() async throws {
        let wrong = sha256(modelBytes(100))
        let result = try await error(PullReply(body: content), sha256: wrong)
        #expect(result.error == .wrongHash(name: "model.gguf", expected: wrong, actual: sha256(content)))
        #expect(folder.names == [])
    }

    @Test func aMissingFileIsNotTriedAgain() async throws {
        let result = try await error(PullReply(status: 404))
        guard case .notFound? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(result.requests == 1 && folder.names == [])
    }

    @Test func aPlainURLThatNeedsPermissionSaysSo() async throws {
        let result = try await error(PullReply(status: 401))
        #expect(result.error?.description.contains("hf: source with HF_TOKEN") == true)
        #expect(result.requests == 1)
    }

    @Test(arguments: [("text/html; charset=utf-8", "x.gguf"), ("text/html", "x.onnx")])
    func aWebPageIsNotAModel(type: String, name: String) async throws {
        let page = Array("<!DOCTYPE html><html>Log in</html>".utf8)
        let result = try await error(PullReply(headers: ["Content-Type": type], body: page), name: name)
        guard case .webPage? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(folder.names == [])
    }

    @Test(arguments: ["<!DOCTYPE html>\n\u{1B}[31m", "GGU", "version https://git-lfs.github.com/spec/v1"])
    func contentThatIsNotGGUFIsRemoved(text: String) async throws {
        let result = try await error(PullReply(body: Array(text.utf8)))
        guard case .notGGUF? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(folder.names == [])
    }

    @Test(arguments: ["model.gguf", "model.onnx"]) func nothingAtAllIsNoModel(name: String) async throws {
        let result = try await error(PullReply(body: []), name: name)
        guard case .badAnswer(_, "is empty")? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(folder.names == [])
    }

    @Test func aPageUnderAnotherTypeIsNoModel() async throws {
        let page = PullReply(
            headers: ["Content-Type": "application/octet-stream"], body: Array("\n<!doctype HTML><p>Log in".utf8))
        guard case .unusable("m.onnx", _)? = try await error(page, name: "m.onnx").error else {
            Issue.record("a page was taken")
            return
        }
        #expect(folder.names == [])
    }

    @Test(arguments: [1, 1_000_000, Int.max / 2]) func aModelWithoutItsTensorsIsRefused(missing: Int) async throws {
        let result = try await error(PullReply(body: modelBytes(50_000, claimed: missing)))
        guard case .brokenModel("model.gguf", let problem)? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(problem.contains("found the end of the file") && folder.names == [])
    }

    @Test func aModelWithMoreThanItsTensorsNeedsAHash() async throws {
        let longer = content + [UInt8](repeating: 7, count: 100)
        guard case .brokenModel("model.gguf", let problem)? = try await error(PullReply(body: longer)).error else {
            Issue.record("what follows the tensors was taken")
            return
        }
        #expect(problem.contains("--sha256") && folder.names == [])
        #expect(try await error(PullReply(body: longer), sha256: sha256(longer)).error == nil)
    }

    /// What is whole by its length may be of a newer format than Ember knows.
    @Test func aModelOfAnUnknownTypeIsTaken() async throws {
        var bytes = modelBytes(5000)
        // The type's number lies behind the name, the number of dimensions and one dimension.
        bytes[24 + 8 + 5 + 4 + 8] = 250
        #expect(try await error(PullReply(body: bytes)).error == nil)
    }

    @Test func otherFormatsNeedNoMagic() async throws {
        #expect(try await error(PullReply(body: [1, 2, 3]), name: "model.onnx").error == nil)
        #expect(folder.bytes("model.onnx") == [1, 2, 3])
    }

    @Test func tooLittleSpaceIsFoundBeforeTheDownload() async throws {
        let result = try await error(PullReply(body: content)) { $0.freeBytes = { _ in 49_999 } }
        #expect(result.error == .noSpace(needed: 50_000, free: 49_999, directory: folder.path))
        #expect(folder.names == [])
        #expect(try await error(PullReply(body: content)) { $0.freeBytes = { _ in 50_000 } }.error == nil)
    }

    @Test func aResumedDownloadNeedsOnlyTheRest() async throws {
        let (folder, content) = (folder, content)
        try await PullTestSite.answering { seen, count in
            var reply = seen.file(content, etag: "\"1\"")
            if count == 1 { reply.cutAfter = 30_000 }
            return reply
        }.run { site in
            let request = try PullRequest.url(site.url("/model.gguf"))
            _ = await pullError { () throws(PullError) in try await folder.puller { $0.attempts = 1 }.pull(request) }
            let rest = content.count - (folder.bytes("model.gguf.part")?.count ?? 0)
            #expect(rest < content.count)
            let error = await pullError { () throws(PullError) in
                try await folder.puller { $0.freeBytes = { _ in rest - 1 } }.pull(request)
            }
            #expect(error == .noSpace(needed: rest, free: rest - 1, directory: folder.path))
            _ = try await folder.puller { $0.freeBytes = { _ in rest } }.pull(request)
        }
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test(arguments: [500, 503, 429]) func givesUpAfterTheAllowedAttempts(status: Int) async throws {
        let result = try await error(PullReply(status: status)) { $0.attempts = 3 }
        guard case .gaveUp(_, 3, let reason, 0)? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(reason.contains("\(status)") && result.requests == 3)
    }

    @Test func recoversFromPassingErrorsAndObeysRetryAfter() async throws {
        let (folder, content) = (folder, content)
        let start = ContinuousClock.now
        try await PullTestSite.answering { seen, count in
            count == 1 ? PullReply(status: 429, headers: ["Retry-After": "1"]) : seen.file(content)
        }.run { site in
            _ = try await folder.puller().pull(.url(site.url("/model.gguf")))
            #expect(site.requests.count == 2)
        }
        #expect(ContinuousClock.now - start >= .seconds(1))
    }

    /// A date that has passed asks for no wait.
    @Test func aRetryAfterMayBeADate() async throws {
        let (folder, content) = (folder, content)
        try await PullTestSite.answering { seen, count in
            count == 1
                ? PullReply(status: 429, headers: ["Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"]) : seen.file(content)
        }.run { site in
            _ = try await folder.puller().pull(.url(site.url("/model.gguf")))
            #expect(site.requests.count == 2)
        }
    }

    @Test(arguments: ["100000", "Fri, 31 Dec 2100 23:59:59 GMT"])
    func anUnreasonableRetryAfterEndsThePull(_ wait: String) async throws {
        let result = try await error(PullReply(status: 503, headers: ["Retry-After": wait]))
        guard case .gaveUp? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(result.requests == 1)
    }

    @Test func anAbsentServerIsReported() async throws {
        let error = await pullError { () throws(PullError) in
            let source = try PullSource("http://127.0.0.1:1/model.gguf")
            return try await folder.puller { $0.attempts = 2 }.pull(PullRequest(source: source))
        }
        guard case .gaveUp(_, 2, _, 0)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(isOneLine(error))
    }

    @Test func aSilentServerCountsAsLost() async throws {
        var reply = PullReply(body: content)
        reply.stallAfter = 10
        let result = try await error(reply) {
            $0.attempts = 1
            $0.idleSeconds = 1
        }
        guard case .gaveUp(_, 1, "the server sent nothing for too long", _)? = result.error else {
            Issue.record("\(result)")
            return
        }
    }

    @Test func endlessRedirectsEnd() async throws {
        let result = try await error(.redirect(to: "/model.gguf"))
        guard case .badRedirect? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(result.requests == 6)
    }

    @Test(arguments: ["http://host.example/x.gguf", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://", ""])
    func badRedirectTargetsAreRefused(target: String) async throws {
        let result = try await error(.redirect(to: target))
        #expect(result.error != nil && result.requests <= 6)
        #expect(folder.names == [])
    }

    @Test func namesComeOnlyFromTheLastPartOfThePath() async throws {
        #expect(try await error(PullReply(body: content), path: "/a/..%2F..%2Fx.gguf").error == nil)
        #expect(folder.names == ["x.gguf"])
        guard case .badName? = try await error(PullReply(body: content), path: "/").error else {
            Issue.record("a path without a name was taken")
            return
        }
    }

    @Test func leftoversOfAKilledPullDoNotBlock() async throws {
        try folder.write("model.gguf.part.lock", [])
        #expect(try await error(PullReply(body: content)).error == nil)
        #expect(folder.names == ["model.gguf"])
    }

    @Test func anExistingFileOfTheRightSizeIsEnough() async throws {
        try folder.write("model.gguf", content)
        let folder = folder
        let content = content
        try await PullTestSite.answering { seen, _ in seen.file(content) }.run { site in
            let model = try await folder.puller().pull(.url(site.url("/model.gguf")))
            #expect(model.wasThere)
        }
    }

    @Test func anExistingFileOfTheRightHashNeedsNoServer() async throws {
        try folder.write("model.gguf", content)
        let request = try PullRequest.url("http://127.0.0.1:1/model.gguf", sha256: sha256(content))
        let model = try await folder.puller().pull(request)
        #expect(model.wasThere && model.sha256 == sha256(content))
    }

    @Test func anotherFileOfThatNameIsKeptUnlessReplaced() async throws {
        let old = modelBytes(100)
        try folder.write("model.gguf", old)
        let folder = folder
        let content = content
        try await PullTestSite.answering { seen, _ in seen.file(content) }.run { site in
            let url = site.url("/model.gguf")
            for request in [try PullRequest.url(url), try .url(url, sha256: sha256(content))] {
                let error = await pullError { () throws(PullError) in try await folder.puller().pull(request) }
                guard case .differentFileThere? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(folder.bytes("model.gguf") == old)
            }
            _ = try await folder.puller().pull(.url(url, replacesExisting: true))
        }
        #expect(folder.bytes("model.gguf") == content)
    }
}
