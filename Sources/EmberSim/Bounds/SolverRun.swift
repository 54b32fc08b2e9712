import EmberSystem
import Foundation

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
        let files = surroundings.files
        let folder = NSTemporaryDirectory() + "/ember-bounds-\(UUID().uuidString)"
        defer { try? files.removeFolder(folder) }
        do throws(FileProblem) {
            try files.makeFolder(folder, isPrivate: true)
            try write(program, isInteger: isInteger, in: folder)
        } catch {
            throw .files(reason: error.description)
        }
        let output = try await run(in: folder)
        guard let solution = try? files.bytes(of: folder + "/solution") else {
            throw .failed(program: self.program, lastLine: Self.lastLine(of: output))
        }
        return try answer(
            String(decoding: solution, as: UTF8.self), output, count: program.stays.count, isInteger: isInteger)
    }

    private func write(
        _ program: ResidencyProgram, isInteger: Bool, in folder: String
    ) throws(FileProblem) {
        let files = surroundings.files
        try program.write(to: files.open(folder + "/model.lp", for: .making(isPrivate: true)), isInteger: isInteger)
        // One thread: runs share the cores, and the same search gives the same figures.
        let options = """
            threads = 1
            time_limit = \(secondsLimit)
            mip_rel_gap = 1e-6
            mip_max_nodes = \(Self.mostNodes)
            write_solution_to_file = true
            solution_file = solution

            """
        try files.open(folder + "/options", for: .making(isPrivate: true)).write(Data(options.utf8))
    }

    /// What the solver wrote. Its exit code says little: an end at a limit has one of its own.
    private func run(in folder: String) async throws(SolverError) -> String {
        let run = ProgramRun(
            program: program, arguments: ["--options_file", "options", "model.lp"],
            environment: environment.merging(libraryVariables) { $1 }, workingDirectory: folder, stopGraceSeconds: 0,
            outputLimit: Self.outputLimit)
        let output: ProgramOutput
        do throws(ProgramProblem) { output = try await surroundings.processes.run(run) } catch {
            throw Task.isCancelled ? .interrupted : .cannotRun(program: program, reason: "\(error)")
        }
        if Task.isCancelled { throw .interrupted }
        return output.text + output.errors
    }

    private var libraryVariables: [String: String] {
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
