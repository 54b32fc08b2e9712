import Foundation
import GRDB
import Testing

@testable import EmberStore

@Suite struct DatabaseCopyTests {
    private let folder: TestFolder
    private let elsewhere: TestFolder

    init() throws { (folder, elsewhere) = (try TestFolder(), try TestFolder()) }

    @Test func aCopyIsWholeWhileOthersWrite() async throws {
        let store = try await opened(folder)
        try await store.add((0..<100).map { example("r\($0)", vector: [1, 2]) })
        async let writing: Void = {
            for number in 100..<200 { try await store.add(example("r\(number)"), tenant: "ann") }
        }()
        #expect(try await ContextStore.copyDatabase(of: folder.path, to: elsewhere.database, .system))
        try await writing
        #expect(try await store.requests().count == 200, "what it is copied from goes on")
        try await ContextStore.checkDatabase(elsewhere.database, .system)
        #expect(try elsewhere.names() == ["context.sqlite"])
        let mode = try FileManager.default.attributesOfItem(atPath: elsewhere.database)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let copy = try await opened(elsewhere)
        #expect(try await copy.requests().count >= 100)
        // Ids go on where they were.
        let newest = try await copy.newest(1, of: .chat)[0].id
        #expect(try await copy.add(example("new"), tenant: "ann") > newest)
    }

    /// What a copy that was cut short has left behind, however much or little it is.
    @Test(arguments: [0, 3, 100_000]) func whatAnEarlierCopyLeftIsReplaced(bytes: Int) async throws {
        let store = try await opened(folder)
        try await store.add((0..<50).map { example("r\($0)") })
        let part = elsewhere.database + ".part"
        try Data(repeating: 0xA5, count: bytes).write(to: URL(fileURLWithPath: part))
        #expect(try await ContextStore.copyDatabase(of: folder.path, to: elsewhere.database, .system))
        try await ContextStore.checkDatabase(elsewhere.database, .system)
        #expect(try elsewhere.names() == ["context.sqlite"])
        #expect(try await opened(elsewhere).requests().count == 50)
    }

    @Test func whereThereIsNoneNothingIsCopied() async throws {
        #expect(try await !ContextStore.copyDatabase(of: folder.path, to: elsewhere.database, .system))
        #expect(try elsewhere.names().isEmpty && folder.names().isEmpty)
    }

    @Test func onlyAWholeDatabaseOfEmbersOwnIsGood() async throws {
        let store = try await opened(folder)
        try await store.add((0..<300).map { example("r\($0)") })
        try await store.close()
        try await ContextStore.checkDatabase(folder.database, .system)
        func problem(_ change: (URL) throws -> Void) async throws -> StoreError? {
            let file = URL(fileURLWithPath: elsewhere.path + "/" + UUID().uuidString)
            try FileManager.default.copyItem(at: URL(fileURLWithPath: folder.database), to: file)
            try change(file)
            do { try await ContextStore.checkDatabase(file.path, .system) } catch { return error }
            return nil
        }
        let isDamaged = try await problem { file in
            let handle = try FileHandle(forWritingTo: file)
            try handle.seek(toOffset: 20_000)
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 20_000))
        }
        guard case .damaged? = isDamaged else {
            Issue.record("\(String(describing: isDamaged))")
            return
        }
        let isNewer = try await problem { file in
            let later = try DatabaseQueue(path: file.path)
            try later.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('v999')") }
            try later.close()
        }
        guard case .newer? = isNewer else {
            Issue.record("\(String(describing: isNewer))")
            return
        }
    }
}
