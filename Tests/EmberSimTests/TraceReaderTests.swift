import EmberCore
import EmberDocument
import Foundation
import Testing

@testable import EmberSim

@Suite struct TraceReaderTests {
    private let files: TraceFiles
    init() throws { files = try TraceFiles() }

    private func requests(_ sources: [TraceFile], maxBadLines: Int = 0) throws -> [TraceRequest] {
        let trace = try TraceMerge(sources, maxBadLines: maxBadLines)
        var requests: [TraceRequest] = []
        while let request = try trace.next() { requests.append(request) }
        return requests
    }

    private func messages(_ format: TraceFormat, _ text: String, maxBadLines: Int = 0) throws -> [String] {
        let file = TraceFile(format: format, path: try files.write("t", text), service: "s")
        do throws(ScenarioError) {
            _ = try TraceSummary.read([file], maxBadLines: maxBadLines)
            return []
        } catch {
            return error.issues.map { $0.description.replacingOccurrences(of: files.folder + "/", with: "") }
        }
    }

    @Test(arguments: ["a.csv", "a.csv.gz"])
    func readsAzure(name: String) throws {
        let text =
            "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2024-02-28 23:59:59.9799600,4808,10\r\n"
            + "2024-03-01 00:00:00,3180,8"
        let read = try requests([TraceFile(format: .azure, path: try files.write(name, text), service: "code")])
        // From 23:59:59.98 of the 28th over the leap day to midnight: 86,400.02 s.
        #expect(
            read == [
                TraceRequest(nanoseconds: 0, service: "code", inputTokens: 4808, outputTokens: 10),
                TraceRequest(nanoseconds: 86_400_020_040_000, service: "code", inputTokens: 3180, outputTokens: 8),
            ])
    }

    @Test func readsMooncake() throws {
        let text = """
            {"timestamp": 27, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1]}

            {"timestamp": 3036, "input_length": 5, "output_length": 1}
            """
        let read = try requests([TraceFile(format: .mooncake, path: try files.write("m", text), service: "chat")])
        #expect(
            read == [
                TraceRequest(nanoseconds: 27_000_000, service: "chat", inputTokens: 6758, outputTokens: 500),
                TraceRequest(nanoseconds: 3_036_000_000, service: "chat", inputTokens: 5, outputTokens: 1),
            ])
    }

    @Test func readsPlainCSVAndWritesItBack() throws {
        let lines = ["0,a,,5,0\n", "0.000000001,a,m,5,6\n", "1.5,b,m,0,0\n", "31536000.125,b,m,1,1\n"]
        let file = TraceFile(format: .csv, path: try files.write("p", plainHeader + lines.joined()), service: nil)
        #expect(try requests([file]).map(PlainTrace.line) == lines)
        #expect(try requests([file])[0].model == nil)
    }

    /// Calendars share their origin, other clocks stay; of equal times the first file's goes first.
    @Test func mergesByTime() throws {
        func azure(_ seconds: [Int]) -> String {
            "TIMESTAMP,ContextTokens,GeneratedTokens\n"
                + seconds.map { "2023-11-16 18:00:0\($0),\($0),0\n" }.joined()
        }
        let read = try requests([
            TraceFile(format: .azure, path: try files.write("a", azure([5, 7])), service: "late"),
            TraceFile(format: .azure, path: try files.write("b", azure([3, 5])), service: "early"),
            TraceFile(format: .csv, path: try files.write("c", plainHeader + "2,own,,0,0\n"), service: nil),
        ])
        #expect(read.map { $0.service ?? "" } == ["early", "late", "early", "own", "late"])
        #expect(read.map { $0.nanoseconds / 1_000_000_000 } == [0, 2, 2, 2, 4])
    }

    @Test(arguments: [
        (TraceFormat.azure, "", "t:1:1: is \"\"; write TIMESTAMP,ContextTokens,GeneratedTokens as the first line"),
        (.azure, "2023-13-16 18:00:00,1,1", "t:2:1: \"2023-13-16 18:00:00\" is no time; write it as 2023-11-16 18"),
        (.azure, "2023-11-16 18:00:00.,1,1", "t:2:1: \"2023-11-16 18:00:00.\" is no time"),
        (.azure, "2023-11-16 18:00:00,é,1", "t:2:21: \"é\" is no number of tokens; write one from 0 to 1000000000"),
        (.azure, "2023-11-16 18:00:00,1", "t:2:1: has 2 columns; write the 3 of TIMESTAMP"),
        (.csv, "1e99,s,m,1,1", "t:2:1: \"1e99\" is no time in seconds; write a number from 0.0 to 3155760000.0"),
        (.csv, "nan,s,m,1,1", "t:2:1: \"nan\" is no time"),
        (.csv, "1,,m,1,1", "t:2:3: \"\" is no name of a service; use 1 to 200 letters"),
        (.csv, "1,s,a b,1,1", "t:2:5: \"a b\" is no name of a model"),
        (.csv, "1,s,m,1,-1", "t:2:9: \"-1\" is no number of tokens"),
        (.csv, "2,s,m,1,1\n1,s,m,1,1", "t:3:1: is earlier than the line before it; sort the file by time"),
        (.mooncake, "{", "t:1:1: is no JSON; write a line such as"),
        (.mooncake, "{\"timestamp\": 1, \"input_length\": 1}", "t:1:1: has no \"output_length\""),
        (
            .mooncake, "{\"timestamp\": 1, \"input_length\": \"x\", \"output_length\": 1}",
            "t:1:18: input_length is of the wrong type; write a number"
        ),
        (
            .mooncake, "{\"timestamp\": -1, \"input_length\": 1, \"output_length\": 1}",
            "t:1:2: timestamp is no number of milliseconds"
        ),
        (.servegen, "language,m,0,0,-1,1,Gamma,1,1", "t:2:16: \"-1\" is no rate in requests a second"),
        (.servegen, "language,m,0,0,1,1,Pareto,1,1", "t:2:20: \"Pareto\" is no law of arrivals; write Gamma"),
        (.servegen, "language,m,0,0,1,1,Gamma,x,1", "t:2:26: \"x\" is no parameter of the law"),
    ])
    func badLinesAreToldWithTheirPlace(format: TraceFormat, line: String, message: String) throws {
        let header =
            format == .servegen
            ? servegen([]) : format.requests?.header.map { $0 + "\n" } ?? ""
        let messages = try messages(format, line.isEmpty ? "" : header + line)
        #expect(messages.count == 1 && messages[0].hasPrefix(message), "\(messages)")
    }

    @Test func badLinesAreSkippedUpToTheLimitAndCounted() throws {
        let text = plainHeader + "x,s,m,1,1\n1,s,m,1,1\n2,s,m,1\n"
        let file = TraceFile(format: .csv, path: try files.write("t", text), service: nil)
        let summary = try TraceSummary.read([file], maxBadLines: 2)
        #expect(summary.rows[0][1] == "1")
        let first = "\(file.path):2:1: \"x\" is no time in seconds"
        #expect(summary.notes.count == 1)
        #expect(summary.notes[0].hasPrefix("\(file.path): 2 bad lines skipped, of at most 2; the first: \(first)"))
        #expect(try messages(.csv, text, maxBadLines: 1).count == 2)
        #expect(try messages(.csv, text, maxBadLines: 0).count == 1)
    }

    @Test func damagedFilesAreTold() throws {
        let text = plainHeader + (0..<20_000).map { "\($0),s,m,\($0 * 7919 % 10_007),1\n" }.joined()
        let path = try files.write("t.gz", text)
        let bytes = try Data(contentsOf: URL(filePath: path))
        try bytes.prefix(bytes.count / 2).write(to: URL(filePath: files.path("cut.gz")))
        let cut = TraceFile(format: .csv, path: files.path("cut.gz"), service: nil)
        #expect(throws: ScenarioError.self) { try requests([cut], maxBadLines: 5) }
        let whole = TraceFile(format: .csv, path: path, service: nil)
        #expect(try requests([whole]).count == 20_000)
        #expect(throws: ScenarioError.self) {
            try requests([TraceFile(format: .csv, path: files.folder, service: nil)])
        }
    }

    @Test func endlessLinesAreRefused() throws {
        let text = plainHeader + String(repeating: "x", count: LineReader.longestLine + 100_000)
        #expect(try messages(.csv, text, maxBadLines: 9) == ["t:2:1: is longer than 1MiB; is it a text file?"])
    }
}
