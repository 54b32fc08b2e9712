import EmberModels
import EmberSystem
import Foundation
import Testing

@testable import EmberServer

@Suite struct StateFolderTests {
    private let files: TestFiles
    private var folder: StateFolder { StateFolder(path: files.path, files: .system) }

    init() throws { files = try TestFiles() }

    private func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: files.path + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func aNewFolderIsOfThisVersion() throws {
        #expect(try folder.open() == [])
        #expect(try folder.checkedVersion() == StateFolder.version)
        let before = text("state.json")
        #expect(try folder.open() == [] && text("state.json") == before)
    }

    /// As an Ember left it that wrote no version.
    @Test func anOlderFolderIsBroughtUpWithItsFilesKept() throws {
        let spending = """
            {"now": {"day": 20484, "month": 24312, "secondsLeft": 1},
             "total": {"day": 0.5, "month": 2}, "services": {"s": {"day": 0.25, "month": 1}}}
            """
        try files.write(spending.utf8, to: "spending.json")
        try files.write(#"{"version": 1, "footprints": []}"#.utf8, to: "footprints.json")
        let notes = try folder.open()
        #expect(notes.count == 1 && notes[0].contains("before-version-2"))
        // What takes their place then does not touch what is kept.
        let file = SpendingFile(stateFolder: files.path, logger: quietLogger, surroundings: .system)
        #expect(file.read().spent(at: 20484 * 86_400.0).day == 0.5)
        try SystemFiles().replace(files.path + "/spending.json", with: Data("new".utf8))
        #expect(text("before-version-2/spending.json") == spending)
        #expect(text("before-version-2/footprints.json")?.contains("\"version\": 1") == true)
        #expect(try folder.checkedVersion() == 2 && folder.open() == [])
    }

    @Test(arguments: ["state.json", "spending.json", "footprints.json"]) func aNewerFolderIsRefused(_ name: String)
        throws
    {
        let text = #"{"version": 99, "days": [], "footprints": []}"#
        try files.write(text.utf8, to: name)
        let problem = #expect(throws: StateProblem.self) { try folder.open() }
        let words = try #require(problem?.description)
        #expect(words.contains(files.path + "/" + name) && words.contains("99") && words.contains("newer Ember"))
        #expect(self.text(name) == text, "nothing in it is changed")
    }

    /// Commands that only look do not move it aside either.
    @Test func newerFootprintsAreNeitherReadNorWritten() throws {
        let text = #"{"version": 99}"#
        try files.write(text.utf8, to: "footprints.json")
        let (store, warning) = FootprintStore.open(folder: files.path, surroundings: .system)
        #expect(warning?.contains("newer") == true && store.count == 0)
        let identity = ModelFileIdentity(path: "m", sizeBytes: 1, modificationTime: 1)
        #expect(throws: FootprintStoreError.self) {
            try store.record(resting: 1, peak: 1, most: 1, of: identity, settings: "")
        }
        #expect(self.text("footprints.json") == text)
    }

    /// A version that cannot be read stands for none: what the files themselves say counts.
    @Test func aDamagedVersionIsWrittenAnew() throws {
        try files.write("nonsense".utf8, to: "state.json")
        _ = try folder.open()
        #expect(try folder.checkedVersion() == 2)
    }

    @Test func aFolderThatCannotBeWrittenIsToldAndUsed() throws {
        // Its own files are in the way of what is to be written.
        try FileManager.default.createDirectory(
            atPath: files.path + "/state.json.new/x", withIntermediateDirectories: true)
        let notes = try folder.open()
        #expect(notes.count == 1 && notes[0].contains("state.json.new"))
    }
}
