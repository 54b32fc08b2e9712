import AsyncHTTPClient
import EmberNetwork
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import EmberPull

/// Downloads over plain URLs.
@Suite struct PullDownloadTests {
    let folder: PullFolder
    let content = modelBytes(300_000)

    init() throws { folder = try PullFolder() }

    @Test func downloadsAFile() async throws {
        let (folder, content) = (folder, content)
        let reports = PullReports()
        try await PullTestSite.answering { seen, _ in seen.file(content, etag: "\"1\"") }.run { site in
            let model = try await folder.puller().pull(
                .url(site.url("/m/model.gguf"), sha256: sha256(content)), progress: reports.add)
            #expect(model.path == folder.path + "/model.gguf" && model.bytes == content.count && !model.wasThere)
            #expect(model.sha256 == sha256(content))
        }
        #expect(folder.bytes("model.gguf") == content)
        #expect(folder.names == ["model.gguf"])
        #expect(reports.phases.last == .done)
        #expect(reports.reports.contains { $0.phase == .downloading && $0.totalBytes == content.count })
    }

    /// No socket is opened, and no host of these names exists: the answers are given.
    @Test func downloadsWhatIsGivenToo() async throws {
        let content = content
        let asked = Mutex<[HTTPClientRequest]>([])
        let clients = NetworkClients { request, _ in
            let count = asked.withLock {
                $0.append(request)
                return $0.count
            }
            switch (request.url, count) {
            case ("https://models.invalid/model.gguf", _):
                return HTTPClientResponse(status: .found, headers: ["location": "https://store.invalid/1"])
            case ("https://store.invalid/1", 2):
                let cut = AsyncThrowingStream<ByteBuffer, any Error> { stream in
                    stream.yield(ByteBuffer(bytes: content[..<100_000]))
                    stream.finish(throwing: HTTPClientError.remoteConnectionClosed)
                }
                return HTTPClientResponse(
                    status: .ok, headers: ["content-length": "\(content.count)", "etag": "\"1\""], body: .stream(cut))
            default:
                return HTTPClientResponse(
                    status: .partialContent,
                    headers: [
                        "content-length": "\(content.count - 100_000)", "etag": "\"1\"",
                        "content-range": "bytes 100000-\(content.count - 1)/\(content.count)",
                    ], body: .bytes(ByteBuffer(bytes: content[100_000...])))
            }
        }
        let puller = folder.puller { $0.makeClients = { _ in clients } }
        let model = try await puller.pull(.url("https://models.invalid/model.gguf", sha256: sha256(content)))
        #expect(model.bytes == content.count && folder.bytes("model.gguf") == content)
        #expect(
            asked.withLock { $0.map { $0.headers["range"] } } == [[], [], ["bytes=100000-"], ["bytes=100000-"]])
    }

    @Test func continuesAfterTheConnectionIsCut() async throws {
        let (folder, content) = (folder, content)
        let reports = PullReports()
        try await PullTestSite.answering { seen, count in
            var reply = seen.file(content, etag: "\"1\"")
            if count < 3 { reply.cutAfter = 100_000 }
            return reply
        }.run { site in
            _ = try await folder.puller().pull(.url(site.url("/model.gguf")), progress: reports.add)
            // How much of what was sent arrives before the cut is up to the system.
            let starts = site.requests.map { $0.rangeStart ?? 0 }
            #expect(starts.count == 3 && starts[0] == 0 && starts[0] < starts[1] && starts[1] < starts[2])
            #expect(site.requests.dropFirst().allSatisfy { $0.headers["if-range"] == "\"1\"" })
        }
        #expect(folder.bytes("model.gguf") == content)
        #expect(folder.names == ["model.gguf"])
        #expect(reports.phases.count { if case .retrying = $0 { true } else { false } } == 2)
    }

    @Test func startsOverWhenTheServerIgnoresRanges() async throws {
        let (folder, content) = (folder, content)
        try await PullTestSite.answering { _, count in
            PullReply(headers: ["ETag": "\"1\""], body: content, cutAfter: count == 1 ? 100_000 : nil)
        }.run { site in
            _ = try await folder.puller().pull(.url(site.url("/model.gguf")))
            #expect(site.requests.count == 2 && site.requests[1].headers["range"] != nil)
        }
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test func startsOverWhenTheFileChangedMeanwhile() async throws {
        let (folder, content, newer) = (folder, content, modelBytes(250_000, seed: 2))
        try await PullTestSite.answering { seen, count in
            guard count == 1 else { return seen.file(newer, etag: "\"2\"") }
            var reply = seen.file(content, etag: "\"1\"")
            reply.cutAfter = 100_000
            return reply
        }.run { site in
            _ = try await folder.puller().pull(.url(site.url("/model.gguf")))
            #expect(site.requests.count == 2)
        }
        #expect(folder.bytes("model.gguf") == newer)
    }

    @Test func startsOverWhenTheRangeIsNotTheOneAskedFor() async throws {
        let (folder, content) = (folder, content)
        try await PullTestSite.answering { seen, count in
            var reply = seen.file(content, etag: "\"1\"")
            if count == 1 { reply.cutAfter = 100_000 }
            if count == 2 { reply.headers["Content-Range"] = "bytes 5-299999/300000" }
            if count == 3 { #expect(seen.headers["range"] == nil) }
            return reply
        }.run { site in
            _ = try await folder.puller().pull(.url(site.url("/model.gguf")))
            #expect(site.requests.count == 3)
        }
        #expect(folder.bytes("model.gguf") == content)
    }

    /// How long the file is may be known of its part alone, of the answer alone, of neither, or not be the same.
    @Test(arguments: [
        (",\"total\":300000", "300000", true), (",\"total\":300000", "*", true), ("", "300000", true), ("", "*", true),
        (",\"total\":300001", "300000", false),
    ]) func aPartIsContinuedWhereTheLengthsDoNotDiffer(noted: String, told: String, continues: Bool) async throws {
        let (folder, content) = (folder, content)
        try folder.write("model.gguf.part", Array(content.prefix(100_000)))
        try await PullTestSite.answering { seen, _ in
            var reply = seen.file(content, etag: "\"1\"")
            if let start = seen.rangeStart { reply.headers["Content-Range"] = "bytes \(start)-299999/\(told)" }
            return reply
        }.run { site in
            let url = site.url("/model.gguf")
            try folder.write("model.gguf.part.json", Array(#"{"url":"\#(url)","etag":"\"1\""\#(noted)}"#.utf8))
            _ = try await folder.puller().pull(.url(url))
            #expect(site.requests.map { $0.headers["range"] } == ["bytes=100000-"] + (continues ? [] : [nil]))
        }
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test func takesNoPartOfAnotherAddress() async throws {
        let (folder, content) = (folder, content)
        try folder.write("model.gguf.part", Array(repeating: 7, count: 1000))
        try folder.write("model.gguf.part.json", Array(#"{"url":"https://other.example/a","etag":"\"1\""}"#.utf8))
        try await PullTestSite.answering { seen, _ in seen.file(content, etag: "\"1\"") }.run { site in
            _ = try await folder.puller().pull(.url(site.url("/model.gguf")))
            #expect(site.requests.map { $0.headers["range"] } == [nil])
        }
        #expect(folder.bytes("model.gguf") == content)
    }

    @Test(arguments: [
        #"{"url":"URL","etag":"\"1\"","total":300000}"#, #"{"url":"URL","etag":"\"1\"","total":5}"#,
        #"{"url":"URL","etag":"\"1\"","total":-9}"#, #"{"url":"URL","etag":"\"1\"","total":0}"#,
        #"{"url":"URL","etag":"W/\"1\""}"#, "{", "",
    ])
    func anyNoteOfAnEarlierPullLeadsToTheRightFile(note: String) async throws {
        let (folder, content) = (folder, content)
        try folder.write("model.gguf.part", content)
        try await PullTestSite.answering { seen, _ in seen.file(content, etag: "\"1\"") }.run { site in
            let url = site.url("/model.gguf")
            try folder.write("model.gguf.part.json", Array(note.replacingOccurrences(of: "URL", with: url).utf8))
            _ = try await folder.puller().pull(.url(url))
        }
        #expect(folder.bytes("model.gguf") == content)
        #expect(folder.names == ["model.gguf"])
    }

    @Test func cancellationKeepsAPartThatTheNextPullContinues() async throws {
        let (folder, content) = (folder, content)
        let reports = PullReports()
        try await PullTestSite.answering { seen, count in
            var reply = seen.file(content, etag: "\"1\"")
            if count == 1 { reply.trickleAfter = 150_000 }
            return reply
        }.run { site in
            let request = try PullRequest.url(site.url("/model.gguf"))
            let pull = Task {
                await pullError { () throws(PullError) in
                    try await folder.puller().pull(request, progress: reports.add)
                }
            }
            let deadline = ContinuousClock.now + .seconds(60)
            while !reports.reports.contains(where: { $0.bytesDone >= 150_000 }), .now < deadline {
                try await Task.sleep(for: .milliseconds(10))
            }
            pull.cancel()
            guard case .cancelled(let kept)? = await pull.value else {
                Issue.record("not cancelled: \(String(describing: await pull.value))")
                return
            }
            #expect(kept >= 150_000 && kept < content.count)
            #expect(folder.names == ["model.gguf.part", "model.gguf.part.json"])
            _ = try await folder.puller().pull(request)
            #expect(site.requests.last?.headers["range"] == "bytes=\(kept)-")
        }
        #expect(folder.bytes("model.gguf") == content)
        #expect(folder.names == ["model.gguf"])
    }

    @Test func aCancelledWaitForTheNextAttemptEndsAtOnce() async throws {
        let folder = folder
        let reports = PullReports()
        try await PullTestSite.answering { _, _ in PullReply(status: 503, headers: ["Retry-After": "50"]) }.run {
            site in
            let request = try PullRequest.url(site.url("/model.gguf"))
            let pull = Task {
                await pullError { () throws(PullError) in
                    try await folder.puller().pull(request, progress: reports.add)
                }
            }
            while !reports.phases.contains(where: { if case .retrying = $0 { true } else { false } }) {
                try await Task.sleep(for: .milliseconds(10))
            }
            let start = ContinuousClock.now
            pull.cancel()
            #expect(await pull.value == .cancelled(kept: 0))
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    @Test func twoPullsOfOneFileDownloadItOnce() async throws {
        let (folder, content) = (folder, content)
        try await PullTestSite.answering { seen, _ in
            try await Task.sleep(for: .milliseconds(300))
            return seen.file(content, etag: "\"1\"")
        }.run { site in
            let request = try PullRequest.url(site.url("/model.gguf"), sha256: sha256(content))
            let reports = PullReports()
            async let one = folder.puller().pull(request, progress: reports.add)
            async let other = folder.puller().pull(request, progress: reports.add)
            let models = try await [one, other]
            #expect(models.count { $0.wasThere } == 1)
            #expect(site.requests.count == 1)
            #expect(reports.phases.contains(.waitingForOtherPull))
        }
        #expect(folder.bytes("model.gguf") == content)
        #expect(folder.names == ["model.gguf"])
    }

    @Test func manyPullsOfOneFileNeverMixUp() async throws {
        let (folder, content) = (folder, content)
        try await PullTestSite.answering { seen, _ in seen.file(content, etag: "\"1\"") }.run { site in
            let request = try PullRequest.url(site.url("/model.gguf"))
            try await withThrowingTaskGroup(of: PulledModel.self) { group in
                for _ in 0..<8 { group.addTask { try await folder.puller().pull(request) } }
                for try await model in group { #expect(model.bytes == content.count) }
            }
        }
        #expect(folder.bytes("model.gguf") == content)
        #expect(folder.names == ["model.gguf"])
    }
}
