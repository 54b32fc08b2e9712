import Foundation
import Subprocess

extension Solver {
    /// More stays than this are refused: the solver would need many gigabytes.
    static let mostStays = 1_000_000
    /// Where the integer program's search ends; its bound holds then too. Unlike a time, the same on every machine.
    private static let mostNodes = 2000
    private static let outputLimit = 64 << 20

    /// The optimum of the program. The solver's files are in a folder of their own, which is removed in any case.
    func solve(_ program: ResidencyProgram, isInteger: Bool) async throws(SolverError) -> SolverAnswer {
        guard program.stays.count <= Self.mostStays else {
            throw .tooLarge(stays: program.stays.count, most: Self.mostStays)
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "ember-bounds-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            try write(program, isInteger: isInteger, in: folder)
        } catch {
            throw .files(reason: error.localizedDescription)
        }
        let output = try await run(in: folder)
        guard let solution = try? String(contentsOf: folder.appending(path: "solution"), encoding: .utf8) else {
            throw .failed(program: self.program, lastLine: Self.lastLine(of: output))
        }
        return try answer(solution, output, count: program.stays.count, isInteger: isInteger)
    }

    private func write(_ program: ResidencyProgram, isInteger: Bool, in folder: URL) throws {
        let model = folder.appending(path: "model.lp").path(percentEncoded: false)
        _ = FileManager.default.createFile(atPath: model, contents: nil)
        let handle = try FileHandle(forWritingTo: URL(filePath: model))
        defer { try? handle.close() }
        try program.write(to: handle, isInteger: isInteger)
        // One thread: runs share the cores, and the same search gives the same figures.
        let options = """
            threads = 1
            time_limit = \(secondsLimit)
            mip_rel_gap = 1e-6
            mip_max_nodes = \(Self.mostNodes)
            write_solution_to_file = true
            solution_file = solution

            """
        try options.write(to: folder.appending(path: "options"), atomically: false, encoding: .utf8)
    }

    /// What the solver wrote. Its exit code says little: an end at a limit has one of its own.
    private func run(in folder: URL) async throws(SolverError) -> String {
        do {
            let result = try await Subprocess.run(
                .path(.init(program)), arguments: ["--options_file", "options", "model.lp"],
                environment: .inherit.updating(libraryVariables),
                workingDirectory: .init(folder.path(percentEncoded: false)),
                output: .string(limit: Self.outputLimit), error: .combinedWithOutput)
            try Task.checkCancellation()
            return result.standardOutput
        } catch is CancellationError {
            throw .interrupted
        } catch {
            throw Task.isCancelled ? .interrupted : .cannotRun(program: program, reason: "\(error)")
        }
    }

    private var libraryVariables: [Environment.Key: String?] {
        guard let libraries else { return [:] }
        #if os(macOS)
            return ["DYLD_LIBRARY_PATH": libraries]
        #else
            return ["LD_LIBRARY_PATH": libraries]
        #endif
    }

    private func answer(
        _ solution: String, _ output: String, count: Int, isInteger: Bool
    ) throws(SolverError) -> SolverAnswer {
        let (status, answer) = SolverAnswer.parse(solution, output, count: count, isInteger: isInteger)
        if status == "Time limit reached" { throw .outOfTime(seconds: secondsLimit) }
        guard let answer else {
            throw .failed(program: program, lastLine: status.isEmpty ? Self.lastLine(of: output) : status)
        }
        return answer
    }

    private static func lastLine(of output: String) -> String {
        let lines = output.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        return String((lines.last { !$0.isEmpty } ?? "it said nothing").prefix(300))
    }
}
