import Foundation
import Testing

@testable import EmberServer

@Suite struct StateArchiveTests {
    private let ann = SlotOwner(tenant: "ann", service: "s", prefix: "p")
    private let bob = SlotOwner(tenant: "bob", service: "s", prefix: "p")

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func archive(_ folder: String, quota: Int = 1000) throws -> StateArchive {
        try StateArchive(folder: folder, quota: quota, logger: quietLogger)
    }

    @discardableResult
    private func save(
        _ archive: StateArchive, _ owner: SlotOwner, bytes: Int = 100, tokens: Int = 50, identity: String = "aa"
    ) throws -> Bool {
        let part = try #require(archive.beginSaving())
        try Data(repeating: 7, count: bytes).write(to: URL(fileURLWithPath: archive.folder + "/" + part))
        return archive.finishSaving(part, of: owner, fitting: identity, prefix: "01", tokens: tokens)
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func findsWhatWasSavedAlsoAfterARestart() throws {
        try withFolder { folder in
            let first = try archive(folder)
            #expect(try save(first, ann))
            for found in [first, try archive(folder)].map({ $0.entry(of: ann, fitting: "aa") }) {
                #expect(found?.tokens == 50 && found?.prefix == "01" && found?.bytes == 100)
            }
            #expect(first.entry(of: bob, fitting: "aa") == nil)
            #expect(first.entry(of: ann, fitting: "bb") == nil)
            let mode = try FileManager.default.attributesOfItem(atPath: folder + "/" + files(folder)[0])[
                .posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }

    @Test func aNewerStateTakesThePlaceOfTheOlder() throws {
        try withFolder { folder in
            let archive = try archive(folder)
            try save(archive, ann, tokens: 50)
            try save(archive, ann, tokens: 60)
            #expect(archive.entry(of: ann, fitting: "aa")?.tokens == 60)
            #expect(try files(folder).count == 1)
        }
    }

    @Test func theLongestUnusedGoFirst() throws {
        try withFolder { folder in
            let archive = try archive(folder, quota: 250)
            try save(archive, ann)
            try save(archive, bob)
            _ = archive.entry(of: ann, fitting: "aa")
            try save(archive, SlotOwner(tenant: "eve", service: "s", prefix: "p"))
            #expect(archive.entry(of: bob, fitting: "aa") == nil)
            #expect(archive.entry(of: ann, fitting: "aa") != nil)
            #expect(archive.size.bytes <= 250)
            #expect(try files(folder).count == archive.size.count)
            // One that is larger than everything is not kept, and pushes nobody out.
            #expect(try !save(archive, bob, bytes: 300))
            #expect(archive.size.count == 2)
        }
    }

    @Test func nothingAndHalfAStateAreNotKept() throws {
        try withFolder { folder in
            let first = try archive(folder)
            #expect(try !save(first, ann, tokens: 0))
            #expect(try !save(first, ann, bytes: 0))
            #expect(!first.finishSaving("missing.part", of: ann, fitting: "aa", prefix: "01", tokens: 9))
            #expect(try files(folder).isEmpty)
            // What a kill leaves in the middle.
            let part = try #require(first.beginSaving())
            try Data([1]).write(to: URL(fileURLWithPath: folder + "/" + part))
            #expect(try archive(folder).size.count == 0)
            #expect(try files(folder).isEmpty)
            #expect(try archive(folder, quota: 0).beginSaving() == nil)
        }
    }

    @Test func whatFitsNobodyOrWasForgottenGoes() throws {
        try withFolder { folder in
            let archive = try archive(folder)
            try save(archive, ann, identity: "aa")
            try save(archive, bob, identity: "bb")
            archive.dropAll(exceptFitting: ["bb"])
            #expect(archive.entry(of: ann, fitting: "aa") == nil)
            archive.drop(tenant: "ann", service: "s")
            #expect(archive.entry(of: bob, fitting: "bb") != nil)
            archive.drop(tenant: "bob", service: "s")
            #expect(try files(folder).isEmpty)
        }
    }

    @Test func namesTellNothing() throws {
        try withFolder { folder in
            let archive = try archive(folder)
            try save(archive, SlotOwner(tenant: "../ann", service: "a/b", prefix: "secret"))
            let name = try files(folder)[0]
            #expect(name.allSatisfy { $0.isHexDigit || "-.kv".contains($0) })
        }
    }
}
