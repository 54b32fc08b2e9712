import Foundation
import Testing

@testable import EmberServer

@Suite struct StateArchiveTests {
    private let ann = SlotOwner(tenant: "ann", service: "s", prefix: "p")
    private let bob = SlotOwner(tenant: "bob", service: "s", prefix: "p")

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private func archive(_ folder: String, quota: Int = 1000) throws -> StateArchive {
        try StateArchive(folder: folder, quota: quota, logger: quietLogger, surroundings: .system)
    }

    @discardableResult
    private func save(
        _ archive: StateArchive, _ owner: SlotOwner, bytes: Int = 100, tokens: Int = 50, identity: String = "aa"
    ) async throws -> Bool {
        let part = try #require(archive.beginSaving())
        try Data(repeating: 7, count: bytes).write(to: URL(fileURLWithPath: archive.folder + "/" + part))
        return await archive.finishSaving(part, of: owner, fitting: identity, prefix: "01", tokens: tokens)
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func findsWhatWasSavedAlsoAfterARestart() async throws {
        try await withFolder { folder in
            let first = try archive(folder)
            #expect(try await save(first, ann))
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

    @Test func aNewerStateTakesThePlaceOfTheOlder() async throws {
        try await withFolder { folder in
            let archive = try archive(folder)
            try await save(archive, ann, tokens: 50)
            try await save(archive, ann, tokens: 60)
            #expect(archive.entry(of: ann, fitting: "aa")?.tokens == 60)
            #expect(try files(folder).count == 1)
        }
    }

    @Test func theLongestUnusedGoFirst() async throws {
        try await withFolder { folder in
            let archive = try archive(folder, quota: 250)
            try await save(archive, ann)
            try await save(archive, bob)
            _ = archive.entry(of: ann, fitting: "aa")
            try await save(archive, SlotOwner(tenant: "eve", service: "s", prefix: "p"))
            #expect(archive.entry(of: bob, fitting: "aa") == nil)
            #expect(archive.entry(of: ann, fitting: "aa") != nil)
            #expect(archive.size.bytes <= 250)
            #expect(try files(folder).count == archive.size.count)
            // One that is larger than everything is not kept, and displaces nothing.
            #expect(try await !save(archive, bob, bytes: 300))
            #expect(archive.size.count == 2)
        }
    }

    @Test func nothingAndHalfAStateAreNotKept() async throws {
        try await withFolder { folder in
            let first = try archive(folder)
            #expect(try await !save(first, ann, tokens: 0))
            #expect(try await !save(first, ann, bytes: 0))
            #expect(await !first.finishSaving("missing.part", of: ann, fitting: "aa", prefix: "01", tokens: 9))
            #expect(try files(folder).isEmpty)
            // What a kill leaves in the middle.
            let part = try #require(first.beginSaving())
            try Data([1]).write(to: URL(fileURLWithPath: folder + "/" + part))
            #expect(try archive(folder).size.count == 0)
            #expect(try files(folder).isEmpty)
            #expect(try archive(folder, quota: 0).beginSaving() == nil)
        }
    }

    @Test func whatFitsNobodyOrWasForgottenGoes() async throws {
        try await withFolder { folder in
            let archive = try archive(folder)
            try await save(archive, ann, identity: "aa")
            try await save(archive, bob, identity: "bb")
            archive.dropAll(exceptFitting: ["bb"])
            #expect(archive.entry(of: ann, fitting: "aa") == nil)
            await archive.drop(tenant: "ann", service: "s")
            #expect(archive.entry(of: bob, fitting: "bb") != nil)
            await archive.drop(tenant: "bob", service: "s")
            #expect(try files(folder).isEmpty)
        }
    }

    @Test func namesTellNothing() async throws {
        try await withFolder { folder in
            let archive = try archive(folder)
            try await save(archive, SlotOwner(tenant: "../ann", service: "a/b", prefix: "secret"))
            let name = try files(folder)[0]
            #expect(name.allSatisfy { $0.isHexDigit || "-.kv".contains($0) })
        }
    }

    /// A file that was shortened, has another bit, has grown or is gone is told apart from the one that was saved.
    @Test func aStateThatHasChangedIsNotWhole() async throws {
        let damages: [(String) throws -> Void] = [
            { truncate($0, 99) },
            { path in
                var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                bytes[50] ^= 1
                try bytes.write(to: URL(fileURLWithPath: path))
            },
            { path in
                let handle = try #require(FileHandle(forWritingAtPath: path))
                try handle.seekToEnd()
                try handle.write(contentsOf: Data([0]))
            },
            { try FileManager.default.removeItem(atPath: $0) },
        ]
        for damage in damages {
            try await withFolder { folder in
                let first = try archive(folder)
                try await save(first, ann)
                // Also where the sum is that of an earlier run.
                for archive in [first, try archive(folder)] {
                    let entry = try #require(archive.entry(of: ann, fitting: "aa"))
                    #expect(await archive.isWhole(entry))
                }
                try damage(folder + "/" + files(folder)[0])
                let entry = try #require(first.entry(of: ann, fitting: "aa"))
                #expect(await !first.isWhole(entry))
                first.drop(entry)
                await first.filesFollow()
                #expect(try files(folder).isEmpty)
            }
        }
    }

    /// Whatever the dates of the files say: a clock may have been in the future, or have stood still.
    @Test func afterARestartTheOnesSavedFirstGoFirst() async throws {
        try await withFolder { folder in
            let first = try archive(folder)
            try await save(first, ann)
            let oldest = try files(folder)[0]
            try await save(first, bob)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 2_208_988_800)], ofItemAtPath: folder + "/" + oldest)
            let second = try archive(folder, quota: 150)
            #expect(second.entry(of: ann, fitting: "aa") == nil && second.entry(of: bob, fitting: "aa") != nil)
            // And what comes then counts as later.
            try await save(second, ann)
            #expect(try archive(folder, quota: 150).entry(of: ann, fitting: "aa") != nil)
        }
    }

    @Test func statesWithoutAChecksumGo() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in ["aa-bb-01-50.kv", "aa-bb-01-50-9223372036854775807-cc.kv", "notes.txt"] {
                try Data([1]).write(to: URL(fileURLWithPath: folder + "/" + name))
            }
            #expect(try archive(folder).size.count == 0)
            #expect(try files(folder) == ["notes.txt"])
        }
    }
}
