import EmberSystem
import EmberTestSupport
import Foundation
import Testing

@testable import EmberModels

@Suite struct FootprintStoreTests {
    private let folder: TestFolder
    private let model = ModelFileIdentity(path: "/models/a.gguf", sizeBytes: 10, modificationTime: 1)

    init() throws { folder = try TestFolder() }

    private func opened() -> FootprintStore {
        FootprintStore.open(folder: folder.path + "/state", surroundings: .system).store
    }
    private var file: String { folder.path + "/state/footprints.json" }

    private func record(_ store: FootprintStore, _ bytes: Int, peak: Int = 0, _ settings: String) throws {
        try store.record(resting: bytes, peak: peak, most: bytes + peak, of: model, settings: settings)
    }

    @Test func figuresSurviveAReopening() throws {
        var surroundings = Surroundings.system
        surroundings.time = TimeSource(wall: { 1_796_047_380 }, steady: { .now }, wait: { _ in })
        let (store, _) = FootprintStore.open(folder: folder.path + "/state", surroundings: surroundings)
        #expect(store.footprint(of: model, settings: "c=512") == nil)
        try store.record(resting: 1000, peak: 70, most: 1100, of: model, settings: "c=512")
        let again = FootprintStore.open(folder: folder.path + "/state", surroundings: .system)
        #expect(again.warning == nil)
        let footprint = try #require(again.store.footprint(of: model, settings: "c=512"))
        #expect(footprint.resting == 1000 && footprint.peak == 70 && footprint.most == 1100)
        #expect(footprint.measuredText == "2026-11-30 14:03 UTC")
        #expect(again.store.footprint(of: model, settings: "c=1024") == nil)
        let replaced = ModelFileIdentity(path: model.path, sizeBytes: 10, modificationTime: 2)
        #expect(again.store.footprint(of: replaced, settings: "c=512") == nil)
    }

    /// Before there were peaks, a file had one figure: the most that a life took, without the time.
    @Test func theVersionBeforeIsRead() throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: true)
        let text = """
            {"footprints": [{"bytes": 1003, "file": {"modificationTime": 1, "path": "/models/a.gguf", "sizeBytes": 10},
            "order": 4, "settings": "c=512"}], "version": 1}
            """
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        let (store, warning) = FootprintStore.open(folder: folder.path + "/state", surroundings: .system)
        #expect(warning == nil)
        let footprint = try #require(store.footprint(of: model, settings: "c=512"))
        #expect(footprint.resting == 1003 && footprint.peak == 0 && footprint.most == 1003)
        #expect(footprint.measuredText == nil)
        try record(store, 5, "other")
        #expect(try String(contentsOfFile: file, encoding: .utf8).contains("\"version\" : 2"))
        #expect(opened().footprint(of: model, settings: "c=512")?.resting == 1003)
    }

    @Test func aModelIsForgottenUnderAllItsSettings() throws {
        let store = opened()
        for settings in ["a", "b"] { try record(store, 1, settings) }
        let other = ModelFileIdentity(path: "/models/b.gguf", sizeBytes: 10, modificationTime: 1)
        try store.record(resting: 7, peak: 0, most: 7, of: other, settings: "a")
        #expect(try store.forget("/models/a.gguf") == 2)
        #expect(try store.forget("/models/a.gguf") == 0)
        #expect(opened().count == 1)
        #expect(opened().footprint(of: other, settings: "a")?.resting == 7)
    }

    @Test func nothingMeasuredIsNotAMeasurement() throws {
        let store = opened()
        try record(store, 0, "")
        #expect(store.count == 0)
    }

    @Test(arguments: [
        "", "{", "[]", "{\"version\":1}", "{\"version\":0,\"footprints\":[]}", "\u{0}\u{1}",
        "{\"version\":2,\"footprints\":[{}]}",
        "{\"version\":2,\"footprints\":[{\"resting\":5,\"peak\":-1,\"most\":5,\"measured\":1,\"order\":1,"
            + "\"settings\":\"\","
            + "\"file\":{\"path\":\"a\",\"sizeBytes\":1,\"modificationTime\":1}}]}",
        "{\"version\":1,\"footprints\":[{\"bytes\":-5,\"order\":1,\"settings\":\"\","
            + "\"file\":{\"path\":\"a\",\"sizeBytes\":1,\"modificationTime\":1}}]}",
        "{\"version\":1,\"footprints\":[{\"bytes\":5,\"order\":9223372036854775807,\"settings\":\"\","
            + "\"file\":{\"path\":\"a\",\"sizeBytes\":1,\"modificationTime\":1}}]}",
    ]) func unreadableFileIsMovedAside(content: String) throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: true)
        try content.write(toFile: file, atomically: false, encoding: .utf8)
        let (store, warning) = FootprintStore.open(folder: folder.path + "/state", surroundings: .system)
        #expect(warning?.contains("footprints.json") == true)
        #expect(warning?.contains("\n") == false)
        #expect(store.count == 0)
        #expect(try String(contentsOfFile: file + ".unreadable", encoding: .utf8) == content)
        try record(store, 5, "")
        #expect(opened().footprint(of: model, settings: "")?.resting == 5)
    }

    @Test func oldestEntriesGiveWay() throws {
        let store = opened()
        let many = FootprintStore.maximumEntries
        for number in 0...many { try record(store, 1 + number, "\(number)") }
        #expect(store.count == many)
        #expect(store.footprint(of: model, settings: "0") == nil)
        #expect(store.footprint(of: model, settings: "1")?.resting == 2)
        // Being measured again makes an entry young.
        try record(store, 2, "1")
        try record(store, 9, "new")
        #expect(store.footprint(of: model, settings: "1")?.resting == 2)
        #expect(store.footprint(of: model, settings: "2") == nil)
    }

    @Test func concurrentMeasurementsAreAllKept() async throws {
        let store = opened()
        await withTaskGroup(of: Void.self) { group in
            for number in 1...32 {
                group.addTask { [model] in
                    _ = try? store.record(resting: number, peak: 0, most: number, of: model, settings: "\(number)")
                }
            }
        }
        let again = FootprintStore.open(folder: folder.path + "/state", surroundings: .system)
        #expect(again.warning == nil)
        #expect(again.store.count == 32)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/state")
        #expect(left == ["footprints.json"])
    }

    @Test func unwritableFolderIsToldAndTheFigureKept() throws {
        let store = opened()
        try FileManager.default.removeItem(atPath: folder.path + "/state")
        let error = #expect(throws: FootprintStoreError.self) {
            try record(store, 7, "")
        }
        #expect(error?.description.contains("footprints.json") == true)
        #expect(store.footprint(of: model, settings: "")?.resting == 7)
    }

    @Test func identityFollowsTheFile() throws {
        let path = try folder.write([1, 2, 3], as: "m.gguf")
        let first = try #require(ModelFileIdentity(file: path))
        #expect(first.sizeBytes == 3)
        #expect(ModelFileIdentity(file: path) == first)
        _ = try folder.write([1, 2, 3, 4], as: "m.gguf")
        #expect(ModelFileIdentity(file: path) != first)
        #expect(ModelFileIdentity(file: path + ".none") == nil)
    }
}
