import Foundation
import Testing

@testable import EmberPull

/// Models that are split over several files.
@Suite struct PullSplitTests {
    static let names = (1...3).map { "m-0000\($0)-of-00003.gguf" }

    let folder: PullFolder
    let parts = (1...3).map { modelBytes(1000 * $0, seed: UInt64($0), split: ($0, 3)) }

    init() throws { folder = try PullFolder() }

    /// The error of a pull from a server that has the parts, and the paths that it was asked for.
    private func pull(
        _ path: String, name: String? = nil, sha256: String? = nil, replace: Bool = false,
        reports: PullReports = PullReports(),
        _ change: @escaping @Sendable (String, PullReply) -> PullReply = { $1 }
    ) async throws -> (error: PullError?, paths: [String]) {
        let (folder, parts) = (folder, parts)
        return try await PullTestSite.answering { seen, _ in
            let name = seen.path.split(separator: "/").last.map(String.init) ?? ""
            guard let index = Self.names.firstIndex(of: name) else { return PullReply(status: 404) }
            return change(name, seen.file(parts[index], etag: "\"\(index)\""))
        }.run { site in
            let request = try PullRequest.url(site.url(path), name: name, sha256: sha256, replacesExisting: replace)
            let error = await pullError { () throws(PullError) in
                try await folder.puller().pull(request, progress: reports.add)
            }
            #expect(error == nil || isOneLine(error))
            return (error, site.requests.map(\.path))
        }
    }

    @Test(arguments: [1, 2]) func anyPartBringsAll(number: Int) async throws {
        let reports = PullReports()
        let result = try await pull("/a/\(Self.names[number - 1])", sha256: sha256(parts[number - 1]), reports: reports)
        #expect(result.error == nil && result.paths == Self.names.map { "/a/\($0)" })
        #expect(folder.names == Self.names)
        for (name, part) in zip(Self.names, parts) { #expect(folder.bytes(name) == part) }
        #expect(reports.reports.compactMap(\.part?.number).last == 3 && reports.reports.last?.bytesDone == 6000)
        // Once more: all are there.
        #expect(try await pull("/a/\(Self.names[0])").error == nil)
    }

    @Test func aPartThatIsMissingThereKeepsAllFromTheirPlaces() async throws {
        let old = modelBytes(500, split: (1, 3))
        try folder.write(Self.names[0], old)
        let result = try await pull("/" + Self.names[0], replace: true) { name, reply in
            name == Self.names[2] ? PullReply(status: 404) : reply
        }
        guard case .notFound(let url)? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(url.hasSuffix(Self.names[2]))
        #expect(folder.bytes(Self.names[0]) == old && folder.bytes(Self.names[1]) == nil)
        // What has arrived counts when the last part is there.
        let again = try await pull("/" + Self.names[0], replace: true)
        #expect(again.error == nil && folder.bytes(Self.names[0]) == parts[0] && folder.names == Self.names)
    }

    /// Between two files that are put into their places a pull may be killed, as here by a folder in the place of the
    /// second.
    @Test(arguments: [true, false]) func halfOfANewVersionDoesNotLookWhole(firstChanges: Bool) async throws {
        let second = folder.path + "/" + Self.names[1]
        try folder.write(Self.names[0], firstChanges ? modelBytes(700, seed: 9, split: (1, 3)) : parts[0])
        try folder.write(Self.names[2], modelBytes(700, seed: 10, split: (3, 3)))
        try FileManager.default.createDirectory(atPath: second, withIntermediateDirectories: true)
        let result = try await pull("/" + Self.names[0], replace: true)
        guard case .fileSystem? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(folder.bytes(Self.names[2]) == parts[2])
        #expect(!folder.names.contains(Self.names[0]))
        try FileManager.default.removeItem(atPath: second)
        #expect(try await pull("/" + Self.names[0], replace: true).error == nil)
        #expect(folder.names == Self.names)
        for (name, part) in zip(Self.names, parts) { #expect(folder.bytes(name) == part) }
    }

    @Test func aPartOfAnotherNumberIsRefused() async throws {
        let first = parts[0]
        let result = try await pull("/" + Self.names[0]) { name, reply in
            name == Self.names[1] ? PullReply(body: first) : reply
        }
        guard case .brokenModel(Self.names[1], let problem)? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(problem.contains("part 1 of 3") && problem.contains("part 2 of 3"))
        #expect(!folder.names.contains { $0.hasSuffix(".gguf") })
    }

    @Test func partsWithoutAllTensorsAreRefused() async throws {
        let lacking = modelBytes(1000, split: (1, 3), tensors: 9)
        let result = try await pull("/" + Self.names[0]) { name, reply in
            name == Self.names[0] ? PullReply(body: lacking) : reply
        }
        guard case .brokenModel(Self.names[0], let problem)? = result.error else {
            Issue.record("\(result)")
            return
        }
        #expect(problem.contains("3 tensors") && problem.contains("9") && folder.names == [])
    }

    @Test func aPartUnderANameOfItsOwnIsRefused() async throws {
        let (folder, part) = (folder, parts[1])
        try await PullTestSite.answering { seen, _ in seen.file(part) }.run { site in
            let request = try PullRequest.url(site.url("/whole.gguf"))
            let error = await pullError { () throws(PullError) in try await folder.puller().pull(request) }
            #expect(error?.description.contains("part 2 of 3") == true && isOneLine(error))
        }
        #expect(folder.names == [])
    }

    @Test func aChosenNameIsOfTheSamePart() async throws {
        guard case .badName(let why)? = try await pull("/" + Self.names[0], name: "other.gguf").error else {
            Issue.record("a part lost its number")
            return
        }
        #expect(why.contains("-00001-of-00003.gguf"))
        #expect(try await pull("/" + Self.names[0], name: "n-00001-of-00003.gguf").error == nil)
        #expect(folder.names == Self.names.map { "n" + $0.dropFirst() })
    }

    @Test(arguments: [
        ("https://h.example/a/m-00002-of-00003.gguf?x=1", "https://h.example/a/m-00003-of-00003.gguf"),
        ("hf:o/r/sub/m-00001-of-00003.gguf@v1", "hf:o/r/sub/m-00003-of-00003.gguf@v1"),
        ("pypi:p==1:d/*-00001-of-00003.gguf", "pypi:p==1:d/*-00003-of-00003.gguf"),
    ]) func knowsTheSourcesOfAllParts(text: String, last: String) throws {
        #expect(try PullSource(text).parts?.sources.map(\.description).last == last)
    }

    @Test(arguments: [
        "https://h.example/m.gguf", "hf:o/r/m-00004-of-00003.gguf", "hf:o/r/m-00000-of-00003.gguf",
        "hf:o/r/m-00001-of-00001.gguf", "hf:o/r/m-00001-of-99999.gguf", "hf:o/r/m-1-of-3.gguf",
    ]) func otherNamesAreOfNoPart(text: String) throws { #expect(try PullSource(text).parts == nil) }
}
