import EmberEngine
import EmberModels
import EmberSystem
import Foundation
import Testing

@testable import EmberServer

@Suite struct KeptStatesBookTests {
    private let files: TestFiles
    private let found = KeptStates(inSlot: .lastMessage, restored: .nothing, tokens: 100)

    init() throws { files = try TestFiles() }

    private var file: String { files.path + "/kept_states.json" }

    private func opened() -> KeptStatesBook {
        KeptStatesBook(stateFolder: files.path, logger: quietLogger, surroundings: .system)
    }

    private func layout(_ identity: String) -> SlotLayout { SlotLayout(count: 1, windowTokens: 1, identity: identity) }

    private func note(_ book: KeptStatesBook, _ identity: String) { book.note(found, of: layout(identity)) }

    @Test func whatWasFoundOutIsKnownInTheNextRun() async throws {
        let book = opened()
        #expect(book["a"] == nil && book.begin("a"))
        // Not twice at the same time.
        #expect(!book.begin("a") && book.begin("b"))
        note(book, "a")
        book.end("a", tries: 1)
        #expect(book["a"] == found && !book.begin("a"))
        #expect(await eventually { opened()["a"] == found })
        let again = opened()
        #expect(again["b"] == nil && !again.begin("a") && again.begin("b"))
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
    }

    @Test func whatIsInterruptedTooOftenIsGivenUpForThisRun() {
        let book = KeptStatesBook()
        for _ in 0..<KeptStatesBook.mostTries {
            #expect(book.begin("a"))
            book.end("a", tries: 1)
        }
        #expect(!book.begin("a"))
        // What could not even begin does not count.
        for _ in 0..<100 {
            #expect(book.begin("b"))
            book.end("b", tries: 0)
        }
    }

    @Test(arguments: ["", "{", "{\"version\":2,\"entries\":[]}", "\u{0}\u{1}", "{\"version\":1,\"entries\":[{}]}"])
    func aTornFileIsMovedAsideAndAllIsFoundOutAgain(_ text: String) async throws {
        try files.write(text.utf8, to: "kept_states.json")
        #expect(throws: FileProblem.self) { try KeptStatesBook.entries(in: files.path, .system) }
        let log = KeptLog()
        let book = KeptStatesBook(stateFolder: files.path, logger: log.logger, surroundings: .system)
        #expect(book["a"] == nil && book.begin("a"))
        #expect(log.warnings.contains { $0.contains("kept_states.json.unreadable") })
        #expect(try String(contentsOfFile: file + ".unreadable", encoding: .utf8) == text)
        note(book, "a")
        #expect(await eventually { opened()["a"] == found })
    }

    @Test func theOldestGoFirst() async throws {
        let book = opened()
        for number in 0...KeptStatesBook.mostEntries { note(book, "\(number)") }
        #expect(book["0"] == nil && book["1"] == found && book["\(KeptStatesBook.mostEntries)"] == found)
        #expect(
            try await eventually {
                try KeptStatesBook.entries(in: files.path, .system).count == KeptStatesBook.mostEntries
            }
        )
    }

    /// As inspect asks: of the model's file as it now is, with the same flags.
    @Test func anEntryIsFoundByItsModelAndFlags() async throws {
        let model = try files.write([1], to: "a.gguf")
        var options = LlamaServerOptions(program: "p", modelPath: model)
        let layout = SlotLayout(
            options, .init(options), nil, variables: [:], isShared: false)
        opened().note(found, of: layout)
        #expect(try await eventually { try KeptStatesBook.entries(in: files.path, .system).count == 1 })
        let entry = try #require(try KeptStatesBook.entries(in: files.path, .system).first)
        #expect(entry.states == found && entry.isOf(StateSource(options)))
        options.extraArguments = ["--swa-full"]
        #expect(!entry.isOf(StateSource(options)))
        options.extraArguments = []
        try files.write([1, 2], to: "a.gguf")
        #expect(!entry.isOf(StateSource(options)))
        try FileManager.default.removeItem(atPath: model)
        #expect(!entry.isOf(StateSource(options)))
    }
}
