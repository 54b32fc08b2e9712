import Foundation
import Testing

@testable import EmberEngine

@Suite struct FootprintStoreTests {
    private let folder: TestFolder
    private let model = ModelFileIdentity(path: "/models/a.gguf", sizeBytes: 10, modificationTime: 1)

    init() throws { folder = try TestFolder() }

    private func opened() -> FootprintStore { FootprintStore.open(folder: folder.path + "/state").store }
    private var file: String { folder.path + "/state/footprints.json" }

    @Test func measurementSurvivesAReopening() throws {
        let store = opened()
        #expect(store.bytes(of: model, settings: "c=512") == nil)
        #expect(try store.record(measuredBytes: 1000, of: model, settings: "c=512") == 1000)
        let again = FootprintStore.open(folder: folder.path + "/state")
        #expect(again.warning == nil)
        #expect(again.store.bytes(of: model, settings: "c=512") == 1000)
        #expect(again.store.bytes(of: model, settings: "c=1024") == nil)
        let replaced = ModelFileIdentity(path: model.path, sizeBytes: 10, modificationTime: 2)
        #expect(again.store.bytes(of: replaced, settings: "c=512") == nil)
    }

    @Test func largerIsTakenAtOnceAndSmallerSlowly() throws {
        let store = opened()
        func record(_ bytes: Int) throws -> Int { try store.record(measuredBytes: bytes, of: model, settings: "") }
        #expect(try record(1000) == 1000)
        #expect(try record(1800) == 1800)
        #expect(try record(1000) == 1700)
        #expect(try record(1000) == 1613)
        #expect(try record(1650) == 1650)
        var last = 1650
        for _ in 0..<100 {
            let next = try record(1000)
            #expect(next <= last && next >= 1000)
            last = next
        }
        #expect(last == 1000)
    }

    @Test func nothingMeasuredIsNotAMeasurement() throws {
        let store = opened()
        #expect(try store.record(measuredBytes: 0, of: model, settings: "") == 0)
        #expect(store.count == 0)
    }

    @Test(arguments: [
        "", "{", "[]", "{\"version\":1}", "{\"version\":2,\"footprints\":[]}", "\u{0}\u{1}",
        "{\"version\":1,\"footprints\":[{\"bytes\":-5,\"order\":1,\"settings\":\"\","
            + "\"file\":{\"path\":\"a\",\"sizeBytes\":1,\"modificationTime\":1}}]}",
        "{\"version\":1,\"footprints\":[{\"bytes\":5,\"order\":9223372036854775807,\"settings\":\"\","
            + "\"file\":{\"path\":\"a\",\"sizeBytes\":1,\"modificationTime\":1}}]}",
    ]) func unreadableFileIsMovedAside(content: String) throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: true)
        try content.write(toFile: file, atomically: false, encoding: .utf8)
        let (store, warning) = FootprintStore.open(folder: folder.path + "/state")
        #expect(warning?.contains("footprints.json") == true)
        #expect(warning?.contains("\n") == false)
        #expect(store.count == 0)
        #expect(try String(contentsOfFile: file + ".unreadable", encoding: .utf8) == content)
        try store.record(measuredBytes: 5, of: model, settings: "")
        #expect(opened().bytes(of: model, settings: "") == 5)
    }

    @Test func oldestEntriesGiveWay() throws {
        let store = opened()
        let many = FootprintStore.maximumEntries
        for number in 0...many { try store.record(measuredBytes: 1 + number, of: model, settings: "\(number)") }
        #expect(store.count == many)
        #expect(store.bytes(of: model, settings: "0") == nil)
        #expect(store.bytes(of: model, settings: "1") == 2)
        // Being measured again makes an entry young.
        try store.record(measuredBytes: 2, of: model, settings: "1")
        try store.record(measuredBytes: 9, of: model, settings: "new")
        #expect(store.bytes(of: model, settings: "1") == 2)
        #expect(store.bytes(of: model, settings: "2") == nil)
    }

    @Test func concurrentMeasurementsAreAllKept() async throws {
        let store = opened()
        await withTaskGroup(of: Void.self) { group in
            for number in 1...32 {
                group.addTask { [model] in
                    _ = try? store.record(measuredBytes: number, of: model, settings: "\(number)")
                }
            }
        }
        let again = FootprintStore.open(folder: folder.path + "/state")
        #expect(again.warning == nil)
        #expect(again.store.count == 32)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/state")
        #expect(left == ["footprints.json"])
    }

    @Test func unwritableFolderIsToldAndTheFigureKept() throws {
        let store = opened()
        try FileManager.default.removeItem(atPath: folder.path + "/state")
        let error = #expect(throws: FootprintStoreError.self) {
            try store.record(measuredBytes: 7, of: model, settings: "")
        }
        #expect(error?.description.contains("footprints.json") == true)
        #expect(store.bytes(of: model, settings: "") == 7)
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
