import EmberStore
import Foundation
import GRDB
import Testing

@Suite struct OpeningTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    private func fill() async throws {
        let store = try await opened(folder)
        for number in 0..<300 { try store.learn(example("r\(number)", vector: [1, 2, 3]), tenant: "ann") }
        try await store.close()
    }

    @Test func onlyTheOwnerMayRead() async throws {
        let inner = folder.path + "/state/of/ember"
        let reports = Reports()
        let store = try await ContextStore.open(folder: inner, surroundings: .system) { reports.take($0) }
        try await store.add(example("a"), tenant: "ann")
        #expect(try mode(inner) == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: inner)
        #expect(Set(names).isSuperset(of: ["context.sqlite", "context.sqlite-wal", "context.lock"]))
        for name in names { #expect(try mode(inner + "/" + name) == 0o600, "\(name)") }
        #expect(store.path == inner + "/context.sqlite")
        #expect(reports.lines == [])
    }

    @Test func aFolderThatLetsOthersInIsTold() async throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        try Data().write(to: URL(fileURLWithPath: folder.database))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.database)
        let reports = Reports()
        _ = try await opened(folder, reports: reports)
        #expect(reports.lines.count == 1 && reports.lines[0].contains("chmod 700 \(folder.path)"))
        #expect(try mode(folder.path) == 0o755 && mode(folder.database) == 0o600)
    }

    @Test func aStoreIsOpenOnce() async throws {
        let first = try await opened(folder)
        #expect(await problem { _ = try await opened(folder) } == .inUse(path: folder.database))
        try await first.close()
        let second = try await opened(folder)
        try await second.close()
    }

    /// Also where questions were asked last, and without what SQLite keeps beside it while it is open.
    @Test func afterItsClosingTheFileIsWholeByItself() async throws {
        let store = try await opened(folder)
        for number in 0..<300 {
            try await store.add(example("r\(number)", vector: [1, 2, 3]), tenant: "ann")
            if number % 50 == 0 { _ = try await store.requests() }
        }
        try store.learn(example("last"), tenant: "ann")
        #expect(try folder.names().contains("context.sqlite-wal"))
        try await store.close()
        #expect(try folder.names() == ["context.lock", "context.sqlite"])
        let elsewhere = try TestFolder()
        try FileManager.default.copyItem(atPath: folder.database, toPath: elsewhere.database)
        let copy = try await opened(elsewhere)
        let requests = try await copy.requests()
        #expect(requests.count == 301 && requests.first == "last")
    }

    @Test func aFileThatAnotherProgramHoldsIsSaid() async throws {
        try await fill()
        let other = try DatabaseQueue(path: folder.database)
        try await other.writeWithoutTransaction { db in
            try db.execute(
                sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE service SET bytes = bytes; COMMIT")
        }
        #expect(await problem { _ = try await opened(folder) } == .inUse(path: folder.database))
        try other.close()
        #expect(try await opened(folder).requests().count == 300)
    }

    @Test func aFolderThatCannotBeMadeIsSaid() async throws {
        let file = folder.path + "/file"
        try Data().write(to: URL(fileURLWithPath: file))
        for path in [file, file + "/state"] {
            guard
                case .unwritable(let place, let reason) = await problem({
                    _ = try await ContextStore.open(folder: path, surroundings: .system) { _ in }
                })
            else {
                Issue.record("not unwritable")
                continue
            }
            #expect(place.hasPrefix(file) && !reason.isEmpty)
        }
        try FileManager.default.createDirectory(atPath: folder.database, withIntermediateDirectories: true)
        guard case .unwritable(folder.database, _) = await problem({ _ = try await opened(folder) }) else {
            Issue.record("not unwritable")
            return
        }
    }

    @Test func aSymbolicLinkIsNotFollowed() async throws {
        let target = folder.path + "/elsewhere"
        try Data("text".utf8).write(to: URL(fileURLWithPath: target))
        try FileManager.default.createSymbolicLink(atPath: folder.database, withDestinationPath: target)
        #expect(await problem { _ = try await opened(folder) } != nil)
        #expect(try String(contentsOfFile: target, encoding: .utf8) == "text")
    }

    @Test func anotherProgramsDatabaseIsLeftAlone() async throws {
        let other = try DatabaseQueue(path: folder.database)
        try await other.write { try $0.execute(sql: "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)") }
        try other.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.database))
        #expect(await problem { _ = try await opened(folder) } == .foreign(path: folder.database))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.database)) == before)
    }

    @Test func aNewerEmbersFileIsLeftAlone() async throws {
        try await fill()
        let later = try DatabaseQueue(path: folder.database)
        try await later.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('v999')") }
        try later.close()
        #expect(await problem { _ = try await opened(folder) } == .newer(path: folder.database))
        let names = try folder.names()
        #expect(!names.contains { $0.contains("damaged") })
        // With the mark gone it is this version's own again, and whole.
        let again = try DatabaseQueue(path: folder.database)
        try await again.write { try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'v999'") }
        try again.close()
        #expect(try await opened(folder).requests().count == 300)
    }

    @Test(arguments: ["not a database, but a text of some length", String(repeating: "x", count: 10_000)])
    func aFileThatIsNoDatabaseIsMovedAside(text: String) async throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.database))
        let reports = Reports()
        let store = try await opened(folder, reports: reports)
        try await expectMovedAside(Data(text.utf8), reports)
        try await store.add(example("new"), tenant: "ann")
        #expect(try await store.requests() == ["new"])
    }

    @Test func severalDamagedFilesAreAllKept() async throws {
        for number in 0..<3 {
            try Data("damaged file number \(number), long enough".utf8).write(to: URL(fileURLWithPath: folder.database))
            try await opened(folder).close()
        }
        #expect(try folder.names().count { $0.contains("damaged") } == 3)
    }

    @Test func aHeaderThatIsDamagedMovesTheFileAside() async throws {
        try await fill()
        let damaged = try overwrite(0..<64)
        let reports = Reports()
        let store = try await opened(folder, reports: reports)
        try await expectMovedAside(damaged, reports)
        #expect(try await store.requests() == [])
    }

    @Test func damageFoundInUseMovesTheFileAsideAtTheNextStart() async throws {
        try await fill()
        let size = try Data(contentsOf: URL(fileURLWithPath: folder.database)).count
        // All but the first pages, which the opening reads and writes.
        let untouched = 60_000
        let damaged = try overwrite(untouched..<size)
        let reports = Reports()
        let store = try await opened(folder, reports: reports)
        guard case .damaged(folder.database, _) = await problem({ _ = try await store.requests() }) else {
            Issue.record("not damaged")
            return
        }
        #expect(reports.lines == [])
        try await store.close()
        let again = try await opened(folder, reports: reports)
        #expect(try await again.requests() == [])
        try await expectMovedAside(damaged, from: untouched, reports)
        try await again.close()
        #expect(try await opened(folder, reports: reports).requests() == [])
        #expect(reports.lines.count == 1)
    }

    private func overwrite(_ range: Range<Int>) throws -> Data {
        var data = try Data(contentsOf: URL(fileURLWithPath: folder.database))
        data.replaceSubrange(range, with: Data(repeating: 0xA5, count: range.count))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.database))
        try file.write(contentsOf: data)
        try file.close()
        return data
    }

    private func expectMovedAside(_ content: Data, from start: Int = 0, _ reports: Reports) async throws {
        let aside = try #require(
            try folder.names().first { $0.hasPrefix("context.sqlite.damaged-") && !$0.hasSuffix("-wal") })
        let kept = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + aside))
        #expect(kept.count >= content.count && kept[start..<content.count] == content[start...])
        #expect(reports.lines.count == 1 && reports.lines[0].contains(folder.path + "/" + aside))
    }
}
