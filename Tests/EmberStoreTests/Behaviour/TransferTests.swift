import EmberCore
import EmberStore
import Foundation
import Testing

@Suite struct TransferTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func imported(_ store: ContextStore, _ text: String, into service: String? = "chat") async throws
        -> ImportSummary
    {
        try await store.importLines(Pieces(text), tenant: "ann", into: service, now: 77)
    }

    @Test func whatIsExportedIsImportedAsItWas() async throws {
        let store = try await opened(folder)
        var first = example(
            "a", model: "smollm2", quality: 1.0 / 3, time: 1e9 + 0.1, vector: [0.1, -Float.leastNonzeroMagnitude, 7])
        first.tokens = ["smollm2": 5, "gemma": 6]
        first.prompt = "\"line\"\n\u{2028}/\\ \u{1}\u{7F} \u{1F469}\u{200D}\u{1F680}"
        let contents = [first, example("b", service: "vision", origin: .cloud), example("c", origin: .given)]
        try await store.add(contents)
        // More than one page.
        try await store.add((0..<250).map { example("r\($0)") })
        try store.learn(example("learned"), tenant: "ann")
        let lines = try await exported(store, "ann")
        #expect(lines.count == 254 && lines.allSatisfy { $0.filter { $0 == 0x0A }.count == 1 && $0.last == 0x0A })

        let text = String(decoding: lines.joined(), as: UTF8.self)
        let summary = try await store.importLines(Pieces(text, length: 1000), tenant: "ben", now: 0)
        #expect(summary.added == 254 && summary.alreadyThere == 0 && summary.evicted == 0)
        for service in ["chat", "vision"] {
            let ann = try await store.newest(1000, of: .init(tenant: "ann", service: service)).map(\.content)
            let ben = try await store.newest(1000, of: .init(tenant: "ben", service: service)).map(\.content)
            #expect(ann == ben && !ann.isEmpty)
        }
        #expect(try await exported(store, "ben") == lines)
        #expect(try await exported(store, "ann", service: "vision").count == 1)
        #expect(try await exported(store, "ann", service: "none") == [])
        // Once more changes nothing.
        let again = try await store.importLines(Pieces(text), tenant: "ben", now: 0)
        #expect(again.added == 0 && again.alreadyThere == 254)
    }

    @Test func aLineNeedsPromptAndResultAlone() async throws {
        let store = try await opened(folder)
        let text =
            "\u{FEFF}{\"prompt\": \"p\", \"result\": \"r\"}\r\n\n  \n"
            + "{\"prompt\": \"q\", \"result\": \"r\", \"model\": null}"
        #expect(try await imported(store, text).added == 2)
        let found = try await store.newest(2, of: .chat)
        #expect(found.map(\.prompt) == ["q", "p"])
        #expect(found[1].origin == .given && found[1].time == 77 && found[1].quality == nil && found[1].model == nil)
        #expect(try await imported(store, text).alreadyThere == 2)
        #expect(try await imported(store, "").added == 0)
    }

    @Test func allLinesGoWhereTheImportSays() async throws {
        let store = try await opened(folder)
        let text = #"{"service": "vision", "prompt": "p", "result": "r"}"#
        #expect(try await imported(store, text, into: "chat").added == 1)
        #expect(try await imported(store, text, into: nil).added == 1)
        #expect(try await store.services(of: "ann").map(\.service) == ["chat", "vision"])
    }

    static let badLines: [(line: String, field: String, value: String)] = [
        ("{", "the line", "\"{\""), ("[]", "the line", "\"[]\""), ("null", "the line", "\"null\""),
        (#"{"prompt": "p"}"#, "result", "missing"), (#"{"result": "r"}"#, "prompt", "missing"),
        (#"{"prompt": 5, "result": "r"}"#, "prompt", "5"), (#"{"prompt": "", "result": "r"}"#, "prompt", "\"\""),
        (#"{"prompt": ["p"], "result": "r"}"#, "prompt", "an array"),
        (#"{"promt": "p", "result": "r"}"#, "promt", "unknown"),
        (#"{"prompt": "p", "result": "r", "quality": 7}"#, "quality", "7.0"),
        (#"{"prompt": "p", "result": "r", "quality": true}"#, "quality", "true"),
        (#"{"prompt": "p", "result": "r", "quality": "good"}"#, "quality", "\"good\""),
        (#"{"prompt": "p", "result": "r", "time": -5}"#, "time", "-5.0"),
        (#"{"prompt": "p", "result": "r", "origin": "sky"}"#, "origin", "\"sky\""),
        (#"{"prompt": "p", "result": "r", "model": ""}"#, "model", "\"\""),
        (#"{"prompt": "p", "result": "r", "tokens": 5}"#, "tokens", "5"),
        (#"{"prompt": "p", "result": "r", "tokens": {"m": 1.5}}"#, "tokens.m", "1.5"),
        (#"{"prompt": "p", "result": "r", "tokens": {"m": -1}}"#, "tokens", "-1"),
        (#"{"prompt": "p", "result": "r", "embedding": [1]}"#, "embedding", "an array"),
        (#"{"prompt": "p", "result": "r", "embedding": {"vector": "AACAPw=="}}"#, "embedding.by", "missing"),
        (#"{"prompt": "p", "result": "r", "embedding": {"by": "m", "vector": "?"}}"#, "embedding.vector", "\"?\""),
        (
            #"{"prompt": "p", "result": "r", "embedding": {"by": "m", "vector": "AAA="}}"#, "embedding.vector",
            "\"AAA=\""
        ),
        (#"{"prompt": "p", "result": "r", "embedding": {"by": "m", "vector": ""}}"#, "embedding", "0 numbers"),
        (#"{"prompt": "p", "result": "r", "embedding": {"by": "m", "x": 1}}"#, "embedding.x", "unknown"),
    ]

    @Test(arguments: badLines)
    func aBadLineIsToldAndNothingIsImported(line: String, field: String, value: String) async throws {
        let store = try await opened(folder)
        let good = #"{"prompt": "p", "result": "r"}"#
        let error = await problem { _ = try await imported(store, "\(good)\n\n\(line)\n\(good)\n") }
        guard case .badLines(let problems, more: 0) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problems.map(\.line) == [3])
        #expect(problems.map(\.problem.field) == [field] && problems.map(\.problem.value) == [value])
        #expect(problems.allSatisfy { !$0.problem.fix.isEmpty })
        #expect(try await store.requests() == [])
    }

    @Test func theFirstBadLinesAreToldAndTheOthersCounted() async throws {
        let store = try await opened(folder)
        let error = await problem { _ = try await imported(store, String(repeating: "{}\n", count: 30)) }
        guard case .badLines(let problems, more: 10) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problems.map(\.line) == Array(1...20))
        #expect(error?.description.hasSuffix("; and 10 more bad lines") == true)
    }

    @Test func bytesThatAreNoTextAreToldAndNothingIsImported() async throws {
        let store = try await opened(folder)
        let bytes = Array(#"{"prompt": "p", "result": ""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8)
        let error = await problem {
            _ = try await store.importLines(Pieces([bytes]), tenant: "ann", into: "chat", now: 0)
        }
        guard case .badLines = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func anUploadThatBreaksOffImportsNothing() async throws {
        struct Gone: Error {}
        let store = try await opened(folder)
        let line = Array("{\"prompt\": \"p\", \"result\": \"r\"}\n".utf8)
        await #expect(throws: Gone.self) {
            _ = try await store.importLines(Pieces([line], failure: Gone()), tenant: "ann", into: "chat", now: 0)
        }
        #expect(try await store.requests() == [])
    }

    @Test func anImportThatIsTooLongImportsNothing() async throws {
        var limits = StoreLimits.patient
        limits.importBytes = Bytes(100)
        let store = try await opened(folder, limits)
        let line = "{\"prompt\": \"p\", \"result\": \"r\"}\n"
        #expect(
            await problem { _ = try await imported(store, String(repeating: line, count: 4)) }
                == .importTooLong(limitBytes: 100))
        #expect(try await store.requests() == [])
    }

    @Test func anImportThatFindsNoRoomImportsNothing() async throws {
        var limits = StoreLimits.patient
        limits.entriesPerService = 3
        let store = try await opened(folder, limits)
        try await store.add([example("old"), example("older", time: 1)])
        let lines = (0..<5).map { "{\"prompt\": \"p\($0)\", \"result\": \"r\"}\n" }
        #expect(await problem { _ = try await imported(store, lines.joined()) } == .noRoom(demonstrations: 2))
        #expect(try await store.requests() == ["older", "old"])
        let summary = try await imported(store, lines[..<2].joined())
        #expect(summary.added == 2 && summary.evicted == 1)
        #expect(try await store.newest(9, of: .chat).map(\.prompt) == ["p1", "p0", "text of older"])
    }

    @Test func whereAnUploadIsCutDoesNotMatter() async throws {
        let text = "\u{FEFF}" + (0..<3).map { "{\"prompt\": \"é\u{1F600}\($0)\", \"result\": \"r\"}\r\n" }.joined()
        let store = try await opened(folder)
        for length in 1...text.utf8.count {
            let pieces = Pieces(text, length: length)
            let summary = try await store.importLines(pieces, tenant: "\(length)", into: "chat", now: 0)
            #expect(summary.added == 3, "pieces of \(length) bytes")
        }
    }
}
