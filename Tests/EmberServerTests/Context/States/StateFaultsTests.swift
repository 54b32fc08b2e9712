import EmberConfig
import EmberContext
import EmberSystem
import Foundation
import Testing

@testable import EmberServer

/// Kills, full and read-only disks, files that have changed or come from elsewhere: nothing wrong is found, and nothing
/// that was deleted.
@Suite struct StateFaultsTests {
    // MARK: Kills

    /// Wherever a kill comes while a state is saved in another's place: one of both is there, whole.
    @Test func aKillInTheMiddleOfASaveLeavesAWholeState() async throws {
        var hasEnded = false
        var changes = 0
        while !hasEnded {
            let (station, files) = (try StateStation(), FaultyFiles())
            station.surroundings.files = files
            try await station.open()
            try await station.save(try station.prompt("a"), tokens: 40)
            let next = try station.prompt("a", "b")
            let saving = try #require(station.archive.beginSaving(next, fitting: StateStation.fit))
            try station.write(saving)
            files.fail(after: changes)
            _ = try? await station.archive.finishSaving(saving, tokens: 50)
            await station.archive.filesFollow()
            hasEnded = !files.hasFailed
            try await reopen(station)
            let found = try #require(station.match(next), "after \(changes) changes")
            #expect(await station.archive.isWhole(found.entry))
            #expect([40, 50].contains(found.entry.tokens) && (!hasEnded || found.entry.tokens == 50))
            #expect(try station.names.count == 2 * station.archive.size.count, "after \(changes) changes")
            changes += 1
        }
        #expect(changes > 4)
    }

    /// A deletion that was confirmed holds, wherever a kill comes; one that was not may leave whole states.
    @Test func aKillInTheMiddleOfADeletionBringsNothingBack() async throws {
        var hasEnded = false
        var changes = 0
        while !hasEnded {
            let (station, files) = (try StateStation(), FaultyFiles())
            station.surroundings.files = files
            try await station.open()
            try await station.save(try station.prompt("a"))
            try await station.save(try station.prompt("b", tenant: "bob"))
            let saving = try #require(
                station.archive.beginSaving(try station.prompt("c"), fitting: StateStation.fit))
            try station.write(saving)
            files.fail(after: changes)
            let confirmed = try? await station.archive.forget(ForgottenStates(tenant: "ann"))
            #expect(station.archive.entries(of: "ann").isEmpty)
            _ = try? await station.archive.finishSaving(saving, tokens: 50)
            await station.archive.filesFollow()
            hasEnded = !files.hasFailed
            try await reopen(station)
            #expect(confirmed == nil || station.archive.entries(of: "ann").isEmpty, "after \(changes) changes")
            #expect(station.archive.entries(of: "ann").count < 2 && station.archive.entries(of: "bob").count == 1)
            #expect(try station.names.count == 2 * station.archive.size.count)
            changes += 1
        }
        #expect(changes > 3)
    }

    private func reopen(_ station: StateStation) async throws {
        station.surroundings.files = SystemFiles()
        try await station.open()
    }

    // MARK: Disks

    @Test func aFullDiskFailsTheSaveAndNothingElse() async throws {
        let (station, files) = (try StateStation(), FaultyFiles())
        station.surroundings.files = files
        try await station.open()
        try await station.save(try station.prompt("a"))
        files.fail(after: 0)
        await #expect(throws: FileProblem.self) { try await station.save(try station.prompt("a", "b")) }
        #expect(station.match(try station.prompt("a"))?.entry.tokens == 50)
        files.fail(after: nil)
        try await station.save(try station.prompt("a", "b"), tokens: 60)
        #expect(station.match(try station.prompt("a"))?.entry.tokens == 60)
    }

    /// The client must not believe that it is gone; it is not used any more, and the next try removes it.
    @Test func aDiskThatRemovesNothingIsToldAndAskedAgain() async throws {
        let (station, files) = (try StateStation(), FaultyFiles())
        let log = KeptLog()
        station.surroundings.files = files
        station.logger = log.logger
        try await station.open()
        try await station.save(try station.prompt("a"))
        files.fail(after: 0)
        await #expect(throws: FileProblem.self) {
            try await station.archive.forget(ForgottenStates(tenant: "ann"))
        }
        #expect(station.match(try station.prompt("a")) == nil)
        #expect(try station.names.count == 2 && log.warnings.count == 1)
        files.fail(after: nil)
        try await station.archive.forget(ForgottenStates(tenant: "ann"))
        #expect(try station.names.isEmpty)
    }

    @Test func aFolderThatCannotBeWrittenKeepsNothing() async throws {
        let (station, log) = (try StateStation(), KeptLog())
        station.logger = log.logger
        // A file stands where the folder is to be.
        try Data([1]).write(to: URL(fileURLWithPath: station.folder))
        try await station.open()
        #expect(station.archive.beginSaving(try station.prompt("a"), fitting: StateStation.fit) == nil)
        #expect(log.warnings.first?.contains("no KV states are kept in this run") == true)
    }

    // MARK: A second Ember

    @Test func aSecondEmberKeepsNothingInTheFolderAndRemovesNothing() async throws {
        let (station, log) = (try StateStation(), KeptLog())
        try await station.open()
        try await station.save(try station.prompt("a"))
        let part = try #require(station.archive.beginSaving(try station.prompt("b"), fitting: StateStation.fit))
        try station.write(part)
        let second = try StateArchive(
            folder: station.folder, quota: 1 << 20, logger: log.logger, surroundings: .system)
        #expect(second.size.count == 0)
        #expect(second.beginSaving(try station.prompt("a"), fitting: StateStation.fit) == nil)
        await second.filesFollow()
        #expect(try station.names.count == 3)
        #expect(log.warnings.first?.contains("context.state_dir") == true)
        #expect(try await station.archive.finishSaving(part, tokens: 50) != nil)
        // Once the first has ended, another has the folder.
        try await station.open()
        #expect(station.archive.size.count == 2)
    }

    // MARK: Files that have changed

    private static let damages: [@Sendable (String) throws -> Void] = [
        { truncate($0, 1) }, { truncate($0, 0) },
        { path in
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
        },
        { path in
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data([0]))
        },
        { try FileManager.default.removeItem(atPath: $0) },
        { path in
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createDirectory(atPath: path + "/x", withIntermediateDirectories: true)
        },
    ]

    @Test(arguments: damages.indices) func aStateThatHasChangedIsNotWhole(_ damage: Int) async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(try station.prompt("a"))
        let entry = try #require(station.match(try station.prompt("a"))?.entry)
        #expect(await station.archive.isWhole(entry))
        try Self.damages[damage](station.path(".kv"))
        #expect(await !station.archive.isWhole(entry))
        #expect(station.counters.damagedStates == 1)
        // Other bytes of the same number are found out when it is read; all else at once.
        try await station.open()
        #expect(station.archive.size.count == (damage == 2 ? 1 : 0))
        if let found = station.match(try station.prompt("a")) {
            #expect(await !station.archive.isWhole(found.entry))
            station.archive.drop(found.entry)
            await station.archive.filesFollow()
        }
        #expect(try station.names.isEmpty)
    }

    @Test(arguments: damages.indices) func aRecordThatHasChangedIsRefused(_ damage: Int) async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(try station.prompt("a"))
        try Self.damages[damage](station.path(".meta"))
        try await station.open()
        #expect(station.archive.size.count == 0 && station.counters.damagedStates == 1)
        #expect(try station.names.isEmpty)
    }

    @Test func noFlippedBitOfARecordIsOverlooked() async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(try station.prompt("a"))
        let files = StateFiles(folder: station.folder, SystemFiles(), station.keys)
        let record = URL(fileURLWithPath: try station.path(".meta"))
        let bytes = try Data(contentsOf: record)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1 << UInt8(index % 8)
            try changed.write(to: record)
            let contents = try files.contents()
            #expect(contents.entries.isEmpty && contents.refused == 1, "byte \(index)")
        }
        try bytes.write(to: record)
        #expect(try files.contents().entries.count == 1)
    }

    /// Of another state, or under another name: a record belongs to one state alone.
    @Test func recordsThatChangePlacesAreRefused() async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(try station.prompt("a"))
        let anns = try station.names
        try await station.save(try station.prompt("b", tenant: "bob"))
        let bobs = try station.names.filter { !anns.contains($0) }
        let manager = FileManager.default
        for (from, to) in zip(anns, bobs) where from.hasSuffix(".meta") {
            try manager.removeItem(atPath: station.folder + "/" + to)
            try manager.copyItem(atPath: station.folder + "/" + from, toPath: station.folder + "/" + to)
        }
        try await station.open()
        #expect(station.archive.entries(of: "bob").isEmpty && station.archive.entries(of: "ann").count == 1)
    }

    @Test func filesOfEarlierEmbersAndPartsGoOthersStay() async throws {
        let station = try StateStation()
        try FileManager.default.createDirectory(atPath: station.folder, withIntermediateDirectories: true)
        let names = [
            "aa-bb-01-50-3-cc.kv", "12-3.part", "0123456789abcdef0123456789abcdef.meta",
            "0123456789ABCDEF0123456789ABCDEF.kv", "notes.txt",
        ]
        for name in names { try Data([1]).write(to: URL(fileURLWithPath: station.folder + "/" + name)) }
        let log = KeptLog()
        station.logger = log.logger
        try await station.open()
        #expect(station.archive.size.count == 0 && station.counters.damagedStates == 2)
        #expect(try station.names == ["notes.txt"] && log.warnings.count == 1)
    }

    // MARK: The key

    @Test func statesOfAnotherKeyGo() async throws {
        let (station, log) = (try StateStation(), KeptLog())
        try await station.open()
        try await station.save(try station.prompt("a"))
        station.logger = log.logger
        try await station.open(keys: StateKeys())
        #expect(station.archive.size.count == 0 && station.counters.damagedStates == 1)
        #expect(try station.names.isEmpty && log.warnings.count == 1)
    }

    private func keys(_ files: TestFiles, _ log: KeptLog, _ faulty: FaultyFiles = FaultyFiles()) -> StateKeys {
        var surroundings = Surroundings.system
        surroundings.files = faulty
        return StateKeyFile(stateFolder: files.path, logger: log.logger, surroundings).keys()
    }

    private func digest(_ keys: StateKeys) -> KeyedDigest { keys.digest("tenant", of: "ann") }

    @Test func theKeyOutlivesTheProcess() throws {
        let (files, log) = (try TestFiles(), KeptLog())
        let first = digest(keys(files, log))
        #expect(digest(keys(files, log)) == first && log.warnings.isEmpty)
        let names = try FileManager.default.contentsOfDirectory(atPath: files.path)
        #expect(names == ["states.key"])
        let path = files.path + "/states.key"
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        // No other one is made of the same chance.
        #expect(digest(keys(try TestFiles(), log)) != first)
    }

    @Test(arguments: damages.indices) func aKeyThatHasChangedIsMadeNew(_ damage: Int) throws {
        let (files, log) = (try TestFiles(), KeptLog())
        let first = digest(keys(files, log))
        try Self.damages[damage](files.path + "/states.key")
        let second = digest(keys(files, log))
        #expect(second != first)
        // One that is gone is no reason for a warning: there is none at the first start. In the place of a folder none
        // can be written.
        #expect(log.warnings.count == [1, 1, 1, 1, 0, 2][damage])
        if damage < 5 { #expect(digest(keys(files, log)) == second) }
    }

    @Test func aKeyThatCannotBeWrittenIsForThisRun() throws {
        let (files, log, faulty) = (try TestFiles(), KeptLog(), FaultyFiles())
        var changes = 0
        while true {
            faulty.fail(after: changes)
            let made = digest(keys(files, log, faulty))
            if !faulty.hasFailed { break }
            // A power cut may still have left it.
            faulty.fail(after: nil)
            let next = digest(keys(files, log, faulty))
            #expect(next == digest(keys(files, log, faulty)) && (next == made || !log.warnings.isEmpty))
            try FileManager.default.removeItem(atPath: files.path + "/states.key")
            changes += 1
        }
        #expect(changes > 2)
    }
}
