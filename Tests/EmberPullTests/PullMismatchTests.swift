import Foundation
import Testing

@testable import EmberNetwork
@testable import EmberPull

/// Answers that say one thing and carry another.
@Suite struct PullMismatchTests {
    let folder: PullFolder
    let content = modelBytes(300_000)

    init() throws { folder = try PullFolder() }

    /// Pulls twice, with an interruption in between, from a server whose second answer `change` makes odd.
    private func resumed(
        etag: String? = "\"1\"", modified: String? = nil,
        _ change: @escaping @Sendable (PullSeen, inout PullReply) -> Void
    ) async throws -> (error: PullError?, requests: [PullSeen]) {
        let (folder, content) = (folder, content)
        return try await PullTestSite.answering { seen, count in
            var reply = seen.file(content, etag: etag, modified: modified)
            if count == 1 { reply.cutAfter = 150_000 }
            if count == 2 { change(seen, &reply) }
            return reply
        }.run { site in
            let request = try PullRequest.url(site.url("/model.gguf"))
            let error = await pullError { () throws(PullError) in
                try await folder.puller().pull(request)
            }
            return (error, site.requests)
        }
    }

    @Test func aPartOfAnotherVersionIsNotTaken() async throws {
        // A server that knows nothing of If-Range.
        let result = try await resumed { _, reply in reply.headers["ETag"] = "\"2\"" }
        #expect(result.error == nil && result.requests.count == 3 && result.requests[2].headers["range"] == nil)
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test(arguments: [
        "bytes 0-299999/300000", "bytes 200000-299999/300000", "bytes 5-4/3", "bytes */300000", "rows 1-2/3", "",
    ]) func aRangeThatWasNotAskedForIsNotTaken(range: String) async throws {
        let result = try await resumed { _, reply in reply.headers["Content-Range"] = range }
        #expect(result.error == nil && result.requests.count == 3)
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test func aPartOfALongerFileIsNotTaken() async throws {
        let result = try await resumed { seen, reply in
            reply.headers["Content-Range"] = "bytes \(seen.rangeStart ?? 0)-299999/300001"
        }
        #expect(result.error == nil && result.requests.count == 3)
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test func aPartThatIsShorterThanItsRangeIsNotTaken() async throws {
        let result = try await resumed { _, reply in reply.body.removeLast(9) }
        #expect(result.error == nil && result.requests.count == 3)
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test func aPartCalledTheWholeIsNotTaken() async throws {
        let result = try await resumed { _, reply in reply.status = 200 }
        #expect(result.error == nil && result.requests.count == 3 && result.requests[2].headers["range"] == nil)
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test func aDateTellsVersionsApartWhereThereIsNoTag() async throws {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        let result = try await resumed(etag: nil, modified: date) { seen, reply in
            #expect(seen.headers["if-range"] == date && seen.rangeStart ?? 0 > 0 && reply.status == 206)
        }
        #expect(result.error == nil && result.requests.count == 2)
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test func aChangeOfJustNowTellsNothing() async throws {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let result = try await resumed(etag: nil, modified: format.string(from: Date())) { _, _ in }
        #expect(result.error == nil && result.requests.allSatisfy { $0.headers["range"] == nil })
    }

    @Test func whatWasThereStaysUntilTheNewOneIsWhole() async throws {
        let old = modelBytes(1000, seed: 9)
        let folder = folder
        let short = modelBytes(5000, claimed: 1)
        let odd: [PullReply] = [
            PullReply(status: 206, headers: ["Content-Range": "bytes 0-4999/5000"], body: modelBytes(5000)),
            PullReply(headers: ["Content-Range": "bytes 5-5004/9000"], body: modelBytes(5000)),
            PullReply(headers: ["Content-Encoding": "gzip"], body: modelBytes(5000)),
            PullReply(headers: ["Content-Type": "text/html"], body: modelBytes(5000)),
            PullReply(body: short), PullReply(body: []), PullReply(status: 404),
        ]
        for reply in odd {
            try folder.write("model.gguf", old)
            try await PullTestSite.answering { _, _ in reply }.run { site in
                let request = try PullRequest.url(site.url("/model.gguf"), replacesExisting: true)
                let error = await pullError { () throws(PullError) in try await folder.puller().pull(request) }
                #expect(isOneLine(error), "\(reply.status) \(reply.headers)")
                #expect(site.requests.count == 1)
            }
            #expect(folder.bytes("model.gguf") == old)
            #expect(folder.names == ["model.gguf"])
        }
    }

    @Test func aLengthOtherThanTheRepositorysIsNotTaken() async throws {
        let (folder, content) = (folder, content)
        let source = try PullSource("hf:owner/repo/model.gguf")
        try await PullTestSite.answering { seen, _ in
            if seen.path == "/blob" { return PullReply(body: content) }
            return .redirect(to: "/blob", headers: ["X-Linked-Size": "300001"])
        }.run { site in
            let error = await pullError { () throws(PullError) in
                try await folder.puller(environment: ["HF_ENDPOINT": site.url("")]) { $0.attempts = 2 }
                    .pull(PullRequest(source: source))
            }
            guard case .gaveUp(_, 2, let reason, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("300000") && reason.contains("300001"))
        }
        #expect(folder.names == [])
    }

    @Test func aSignedAddressThatHasExpiredIsAskedForAnew() async throws {
        let (folder, content) = (folder, content)
        try await PullTestSite.answering { seen, count in
            if seen.path == "/model.gguf" { return .redirect(to: "/signed\(count)") }
            return seen.path == "/signed1" ? PullReply(status: 403) : seen.file(content)
        }.run { site in
            _ = try await folder.puller().pull(.url(site.url("/model.gguf")))
            #expect(site.requests.map(\.path) == ["/model.gguf", "/signed1", "/model.gguf", "/signed3"])
        }
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test func aDamagedFileOfTheRightLengthDoesNotPass() async throws {
        let (folder, content) = (folder, content)
        try folder.write("model.gguf", [UInt8](repeating: 0, count: content.count))
        try await PullTestSite.answering { seen, _ in seen.file(content) }.run { site in
            let request = try PullRequest.url(site.url("/model.gguf"))
            guard
                case .differentFileThere? = await pullError({ () throws(PullError) in
                    try await folder.puller().pull(request)
                })
            else {
                Issue.record("zeros were taken for a model")
                return
            }
        }
    }

    @Test(arguments: [
        ("bytes 5-9/20", PullRange(start: 5, end: 10, total: 20)),
        ("bytes 0-9/*", PullRange(start: 0, end: 10, total: nil)),
        ("bytes 5-4/20", nil), ("bytes 5-20/20", nil), ("bytes -5/20", nil), ("bytes 1-2/99999999999999999999", nil),
        ("bytes */20", nil), ("items 1-2/3", nil), ("bytes 1-2/3, 4-5/6", nil), ("bytes 0-9223372036854775807/*", nil),
    ]) func readsContentRanges(text: String, range: PullRange?) { #expect(PullRange(contentRange: text) == range) }

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ]) func readsTheThreeFormsOfDates(text: String) {
        #expect(HTTPDate.seconds(text, now: Date().timeIntervalSince1970) == 784_111_777)
    }

    @Test(arguments: ["", "yesterday", "12", "Sun, 06 Nov 1994"]) func readsNoOtherDates(text: String) {
        #expect(HTTPDate.seconds(text, now: Date().timeIntervalSince1970) == nil)
    }
}
