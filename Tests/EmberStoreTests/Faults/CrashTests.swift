import EmberStore
import Foundation
import GRDB
import Testing

/// A process that adds without pause is killed again and again; the same store is opened each time.
@Suite struct CrashTests {
    /// More with EMBER_TEST_KILLS.
    private static let rounds = ProcessInfo.processInfo.environment["EMBER_TEST_KILLS"].flatMap(Int.init) ?? 20

    @Test func whatWasAcknowledgedIsThereAndNothingIsHalfThere() async throws {
        let folder = try TestFolder()
        var lots = SystemRandomNumberGenerator()
        var acknowledged: Set<String> = []
        for round in 0..<Self.rounds {
            let added = try await addedUntilKilled(folder, round, after: Int.random(in: 1...60, using: &lots))
            acknowledged.formUnion(added)
            try await check(folder, acknowledged, "round \(round)")
        }
        #expect(acknowledged.count >= Self.rounds)
    }

    /// The requests whose adds were acknowledged before the kill, which comes some milliseconds after the first one.
    private func addedUntilKilled(_ folder: TestFolder, _ round: Int, after milliseconds: Int) async throws -> [String]
    {
        let helper = Process()
        let output = Pipe()
        helper.executableURL = try Self.helperProgram()
        helper.arguments = [folder.path, "\(round)"]
        helper.standardOutput = output
        try helper.run()
        let reading = output.fileHandleForReading
        var bytes = reading.availableData
        usleep(UInt32(milliseconds) * 1000)
        kill(helper.processIdentifier, SIGKILL)
        bytes += try reading.readToEnd() ?? Data()
        helper.waitUntilExit()
        #expect(helper.terminationReason == .uncaughtSignal, "round \(round): the helper ended by itself")
        let text = String(decoding: bytes, as: UTF8.self)
        // A line that the kill cut off acknowledges nothing.
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    private func check(_ folder: TestFolder, _ acknowledged: Set<String>, _ round: String) async throws {
        let reports = Reports()
        let store = try await ContextStore.open(folder: folder.path, surroundings: .system) { reports.take($0) }
        #expect(reports.lines == [], "\(round)")
        let scope = DemonstrationScope(tenant: "ann", service: "crash")
        var (found, next): (Set<String>, Int?) = ([], nil)
        repeat {
            let page = try await store.list(scope, before: next, limit: 1000)
            for demonstration in page.demonstrations {
                found.insert(demonstration.request)
                #expect(isWhole(demonstration), "\(round): \(demonstration.request)")
            }
            next = page.next
        } while next != nil
        #expect(acknowledged.isSubset(of: found), "\(round): lost \(acknowledged.subtracting(found))")
        #expect(try await store.usage(of: scope).entries == found.count, "\(round)")
        try await store.close()
        let answers = try await DatabaseQueue(path: folder.database).read { db in
            try String.fetchAll(db, sql: "PRAGMA integrity_check")
                + String.fetchAll(db, sql: "PRAGMA foreign_key_check")
        }
        #expect(answers == ["ok"], "\(round)")
    }

    /// The helper makes all parts of a demonstration follow from its prompt.
    private func isWhole(_ demonstration: Demonstration) -> Bool {
        let prompt = demonstration.prompt
        return demonstration.result == String(prompt.reversed()) && demonstration.tokens == ["m": prompt.utf8.count]
            && demonstration.embedding == Embedding(vector: prompt.utf8.map(Float.init), embedder: "minilm")
            && prompt.hasPrefix(demonstration.request)
    }

    private static func helperProgram() throws -> URL {
        let tests = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        return tests.resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("store-crash-helper")
    }
}
