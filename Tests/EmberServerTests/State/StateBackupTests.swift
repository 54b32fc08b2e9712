import EmberStore
import EmberSystem
import Foundation
import Testing

@testable import EmberServer

@Suite struct StateBackupTests {
    private let files: TestFiles
    private var state: String { files.path + "/state" }
    private var other: String { files.path + "/other" }
    private var backup: String { files.path + "/backup.tar" }
    /// 2026-01-31, noon.
    private let january = 1_769_860_800.0

    init() throws { files = try TestFiles() }

    private func fill(_ folder: String, spent amount: Double, demonstrations: Int = 3) async throws {
        _ = try StateFolder(path: folder, files: .system).open()
        let store = try await ContextStore.open(folder: folder, surroundings: .system) { _ in }
        for number in 0..<demonstrations {
            let content = DemonstrationContent(
                service: "s", model: nil, prompt: "p\(number)", result: "r", origin: .given, time: 1,
                request: "r\(number)")
            try await store.add(content, tenant: "")
        }
        try await store.close()
        var spending = Spending()
        _ = spending.reserve(amount, for: "s", at: january, total: .init(), service: .init())
        try SystemFiles().replace(folder + "/spending.json", with: JSONEncoder().encode(spending))
        try SystemFiles().replace(folder + "/footprints.json", with: Data(#"{"version": 2, "footprints": []}"#.utf8))
        try SystemFiles().makeFolder(folder + "/events", isPrivate: true)
        try SystemFiles().replace(folder + "/events/events-000001-5-0001.log", with: Data("a log".utf8))
    }

    private func demonstrations(in folder: String) async throws -> Int {
        let store = try await ContextStore.open(folder: folder, surroundings: .system) { _ in }
        let count = try await store.usage(of: DemonstrationScope(tenant: "", service: "s")).entries
        try await store.close()
        return count
    }

    private func spent(in folder: String) -> Double {
        SpendingFile(stateFolder: folder, logger: quietLogger, surroundings: .system).read().spent(at: january).day
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private func problem(_ work: () async throws -> Void) async -> String? {
        do { try await work() } catch { return "\(error)" }
        return nil
    }

    @Test func whatIsBackedUpIsRestoredElsewhere() async throws {
        try await fill(state, spent: 1)
        let summary = try await StateBackup(of: state, .system).write(to: backup)
        #expect(summary.files == 5 && summary.bytes % 512 == 0)
        let mode = try FileManager.default.attributesOfItem(atPath: backup)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try names(files.path) == ["backup.tar", "state"])
        let lines = try await StateRestore(into: other, .system).read(from: backup)
        #expect(lines.count == 1 && lines[0].contains("5 files"))
        #expect(try await demonstrations(in: other) == 3)
        #expect(spent(in: other) == 1)
        #expect(try StateFolder(path: other, files: .system).open() == [])
        #expect(
            try names(other) == [
                "context.lock", "context.sqlite", "ember.lock", "events", "footprints.json", "spending.json",
                "state.json",
            ])
        #expect(try names(other + "/events") == ["events-000001-5-0001.log"])
    }

    @Test func itIsMadeWhileTheStoreIsInUse() async throws {
        try await fill(state, spent: 1)
        let store = try await ContextStore.open(folder: state, surroundings: .system) { _ in }
        let example = DemonstrationContent(
            service: "s", model: nil, prompt: "new", result: "r", origin: .given, time: 1, request: "new")
        try await store.add(example, tenant: "")
        _ = try await StateBackup(of: state, .system).write(to: backup)
        // But nothing is restored over it.
        let refusal = await problem { _ = try await StateRestore(into: state, .system).read(from: backup) }
        #expect(refusal?.contains("an Ember runs with \(state)") == true)
        try await store.close()
        _ = try await StateRestore(into: other, .system).read(from: backup)
        #expect(try await demonstrations(in: other) == 4)
    }

    @Test func whatWasThereIsKeptAndItsSpendingCounts() async throws {
        try await fill(state, spent: 1)
        _ = try await StateBackup(of: state, .system).write(to: backup)
        try await fill(other, spent: 4, demonstrations: 7)
        try SystemFiles().replace(other + "/events/events-000002-5-0001.log", with: Data("another log".utf8))
        let lines = try await StateRestore(into: other, .system).read(from: backup)
        #expect(lines.count == 2 && lines[1].contains(other + "/before-restore"))
        #expect(try await demonstrations(in: other) == 3)
        #expect(spent(in: other) == 4, "a restore renews no budget")
        #expect(try await demonstrations(in: other + "/before-restore") == 7)
        #expect(try names(other + "/events").count == 1 && names(other + "/before-restore/events").count == 2)
        // Once more: what was kept the first time stays.
        _ = try await StateRestore(into: other, .system).read(from: backup)
        #expect(try names(other).filter { $0.hasPrefix("before-restore") } == ["before-restore", "before-restore-2"])
    }

    /// What the backup does not have is not left from before either.
    @Test func theFolderIsThenAsTheBackupIs() async throws {
        _ = try StateFolder(path: state, files: .system).open()
        try SystemFiles().replace(state + "/footprints.json", with: Data(#"{"version": 2, "footprints": []}"#.utf8))
        _ = try await StateBackup(of: state, .system).write(to: backup)
        try await fill(other, spent: 4)
        _ = try await StateRestore(into: other, .system).read(from: backup)
        #expect(try await demonstrations(in: other) == 0)
        #expect(spent(in: other) == 4)
        #expect(!FileManager.default.fileExists(atPath: other + "/events"))
    }

    @Test func aDamagedBackupChangesNothing() async throws {
        try await fill(state, spent: 1)
        try await fill(other, spent: 2, demonstrations: 5)
        try Data().write(to: URL(fileURLWithPath: other + "/ember.lock"))
        let before = try names(other)
        _ = try await StateBackup(of: state, .system).write(to: backup)
        let whole = try Data(contentsOf: URL(fileURLWithPath: backup))
        var damaged = [Data(), Data("no tar".utf8), Data(repeating: 0, count: 2048)]
        damaged += stride(from: 0, to: whole.count - 1024, by: whole.count / 9).map { whole.prefix($0 + 100) }
        // A bit in a header, in a file, and in the sums.
        damaged += [3, 520, whole.count / 2 / 512 * 512 + 7, whole.count - 1600].map { place in
            var bytes = whole
            bytes[place] ^= 4
            return bytes
        }
        for bytes in damaged where bytes != whole {
            try bytes.write(to: URL(fileURLWithPath: backup))
            let told = await problem { _ = try await StateRestore(into: other, .system).read(from: backup) }
            #expect(told?.contains("backup") == true, "\(bytes.count) bytes: \(told ?? "restored")")
            #expect(try names(other) == before)
        }
        #expect(try await demonstrations(in: other) == 5)
        #expect(spent(in: other) == 2)
    }

    @Test(arguments: ["../x", "/etc/x", "events/../../x", "events/notes.txt", "kv/x.kv", "context.lock", ""])
    func whatDoesNotBelongIntoABackupIsRefused(_ name: String) async throws {
        var tar = TarWriter(try SystemFiles().open(backup, for: .making(isPrivate: true)), .system)
        try tar.add("state.json", StateFolder.stamp)
        try tar.add(name, Data("x".utf8))
        try tar.finish()
        let told = await problem { _ = try await StateRestore(into: other, .system).read(from: backup) }
        #expect(told?.contains("no backup of Ember") == true)
        #expect(try names(other) == ["context.lock", "ember.lock"] && names(files.path) == ["backup.tar", "other"])
    }

    @Test func aNewerEmbersBackupIsRefused() async throws {
        var tar = TarWriter(try SystemFiles().open(backup, for: .making(isPrivate: true)), .system)
        try tar.add("state.json", Data(#"{"version": 99}"#.utf8))
        try tar.add("SHA256SUMS", Data("\(tar.sums[0].checksum)  state.json\n".utf8))
        try tar.finish()
        let told = await problem { _ = try await StateRestore(into: other, .system).read(from: backup) }
        #expect(told?.contains("newer Ember") == true && told?.contains("99") == true)
        #expect(try names(other) == ["context.lock", "ember.lock"])
    }

    /// Wherever a restore that counts already is interrupted: the next start goes on with it.
    @Test(arguments: 0...5) func anInterruptedRestoreIsGoneOnWith(_ moves: Int) async throws {
        try await fill(other, spent: 2, demonstrations: 5)
        try await fill(state, spent: 1)
        // As a restore leaves it that was killed after this number of files.
        let ready = other + "/restore.ready"
        try SystemFiles().makeFolder(ready + "/replaced", isPrivate: true)
        let all = ["context.sqlite", "events", "footprints.json", "spending.json", "state.json"]
        for name in all { try FileManager.default.moveItem(atPath: state + "/" + name, toPath: ready + "/" + name) }
        try SystemFiles().replace(ready + "/contents.json", with: JSONEncoder().encode(all))
        for name in all.prefix(moves) {
            try FileManager.default.moveItem(atPath: other + "/" + name, toPath: ready + "/replaced/" + name)
            if name == all.prefix(moves).last, moves % 2 == 1 { continue }
            try FileManager.default.moveItem(atPath: ready + "/" + name, toPath: other + "/" + name)
        }
        let notes = try StateFolder(path: other, files: .system).open()
        #expect(notes.count == 1 && notes[0].contains("before-restore"))
        #expect(try await demonstrations(in: other) == 3)
        #expect(try await demonstrations(in: other + "/before-restore") == 5)
        #expect(spent(in: other) == 1 && spent(in: other + "/before-restore") == 2)
        #expect(!FileManager.default.fileExists(atPath: ready))
    }

    @Test func aBackupOverwritesNothingAndLeavesNoHalf() async throws {
        #expect(
            await problem { _ = try await StateBackup(of: state, .system).write(to: backup) }?.contains(
                "nothing to back up")
                == true)
        try await fill(state, spent: 1)
        _ = try await StateBackup(of: state, .system).write(to: backup)
        #expect(
            await problem { _ = try await StateBackup(of: state, .system).write(to: backup) }?.contains(
                "is there already")
                == true)
        let nowhere = files.path + "/none/backup.tar"
        #expect(
            await problem { _ = try await StateBackup(of: state, .system).write(to: nowhere) }?.contains("/none/")
                == true)
        #expect(try names(files.path) == ["backup.tar", "state"])
    }
}
