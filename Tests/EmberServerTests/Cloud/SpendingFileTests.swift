import Foundation
import Testing

@testable import EmberServer

@Suite struct SpendingFileTests {
    /// 2026-01-31, noon.
    private let january = 1_769_860_800.0
    private let files: TestFiles
    private var path: String { files.path + "/spending.json" }
    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: files.path).sorted() }
    }

    init() throws { files = try TestFiles() }

    private func file() -> SpendingFile {
        SpendingFile(stateFolder: files.path, logger: quietLogger, surroundings: .system)
    }

    private func spending(_ amount: Double) -> Spending {
        var spending = Spending()
        _ = spending.reserve(amount, for: "s", at: january, total: .init(), service: .init())
        return spending
    }

    @Test func survivesItsFile() async throws {
        let file = file()
        #expect(file.read() == Spending())
        var spending = spending(0.25)
        file.note(Spending())
        file.note(spending)
        try await file.kept()
        #expect(try names == ["spending.json"], "nothing else is left behind")
        // What a crash leaves set aside counts as spent, and nothing gives it back.
        spending.settle(reserved: 0.25, spent: 0.25, for: "s", reservedAt: january)
        let read = file.read()
        #expect(read.spent(by: "s", at: january) == .init(day: 0.25, month: 0.25) && read.held == 0)
        #expect(read.spent(at: january) == spending.spent(at: january))
    }

    @Test func whatIsNoAccountIsKeptAside() throws {
        try files.write("nonsense".utf8, to: "spending.json")
        #expect(file().read() == Spending())
        #expect(try names == ["spending.json.unreadable"])
    }

    /// As the Ember before this one wrote it; its clock may have been in 2040.
    @Test func theFormOfVersion1IsRead() throws {
        let text = """
            {"now": {"day": 20484, "month": 24312, "secondsLeft": 43200},
             "total": {"day": 0.5, "month": 2}, "services": {"s": {"day": 0.25, "month": 1}}}
            """
        try files.write(text.utf8, to: "spending.json")
        let spending = file().read()
        #expect(spending.spent(at: january) == .init(day: 0.5, month: 2))
        #expect(spending.spent(by: "s", at: january) == .init(day: 0.25, month: 1))
        #expect(spending.spent(at: january + 86_400) == .init(day: 0, month: 0))
        #expect(spending.spent(at: january - 86_400) == .init(day: 0, month: 2))
    }

    /// Something stands where the file is to be, or be written beside.
    @Test(arguments: ["spending.json", "spending.json.new"]) func whatCannotBeWrittenIsTold(_ obstacle: String)
        async throws
    {
        let folder = files.path + "/" + obstacle
        try FileManager.default.createDirectory(atPath: folder + "/x", withIntermediateDirectories: true)
        let file = file()
        #expect(file.read() == Spending())
        file.note(spending(1))
        for _ in 0..<2 {
            let problem = await problem(of: file)
            #expect(problem?.contains(obstacle) == true && problem?.contains("Is a directory") == true)
        }
        // What was noted then is written as soon as that is possible.
        try FileManager.default.removeItem(atPath: folder)
        #expect(await problem(of: file) == nil)
        #expect(self.file().read().spent(at: january).day == 1)
        #expect(try names == ["spending.json"])
    }

    @Test func aFileThatCannotBeReadIsNotReplaced() async throws {
        try files.write("{}".utf8, to: "elsewhere")
        // A loop of links stands for all that the system refuses to open; to root it refuses little else.
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
        let file = file()
        #expect(file.read() == Spending())
        file.note(spending(1))
        #expect(await problem(of: file)?.contains("spending.json") == true)
        #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == path)
    }

    @Test func withoutAFolderNothingIsWritten() async throws {
        let file = SpendingFile(stateFolder: nil, logger: quietLogger, surroundings: .system)
        file.note(spending(1))
        try await file.kept()
        #expect(file.read() == Spending())
    }

    private func problem(of file: SpendingFile) async -> String? {
        do { try await file.kept() } catch { return error.reason }
        return nil
    }
}
