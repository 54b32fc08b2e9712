import Foundation
import Testing

@testable import EmberSim

/// The solver is run for real by Tests/Simulation/test_bounds.py.
@Suite struct SolverTests {
    private let solution = """
        Model status
        Optimal

        # Primal solution values
        Feasible
        Objective -2.5
        # Columns 3
        x1 0.25
        x0 1
        y0 1
        # Rows 1
        x0 7

        """

    @Test func readsASolution() {
        let answer = SolverAnswer.parse(solution, "", count: 2, isInteger: false).answer
        #expect(answer == SolverAnswer(bound: -2.5, residence: [1, 0.25]))
    }

    /// The best solution found may cost more than the bound.
    @Test(arguments: ["Optimal", "Solution limit reached"])
    func theBoundOfAnIntegerProgramIsInTheLog(status: String) {
        let log = "Solving report\n  Primal bound      -2.5\n  Dual bound        -2.75\n  Gap  9%\n"
        let text = solution.replacingOccurrences(of: "Optimal", with: status)
        #expect(SolverAnswer.parse(text, log, count: 2, isInteger: true).answer?.bound == -2.75)
    }

    @Test(arguments: [
        ("", ""), ("Optimal", "Optimal"), ("-2.5", "inf"), ("Objective", "Objection"), ("x1 0.25\n", ""),
        ("# Columns", "# Rows"), ("Optimal", "Time limit reached"), ("Optimal", "Infeasible"), ("0.25", "many"),
    ])
    func whatIsIncompleteIsNoAnswer(part: String, replacement: String) {
        let text = part.isEmpty ? "" : solution.replacingOccurrences(of: part, with: replacement)
        let isWhole = text == solution
        #expect((SolverAnswer.parse(text, "", count: 2, isInteger: false).answer != nil) == isWhole)
    }

    /// A folder with programs called highs, removed after the test.
    private func withPrograms(_ paths: [String], _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        for path in paths {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        try body(folder.path(percentEncoded: false) + "/")
    }

    private static let installed = "cache/python/lib/python3.12/site-packages/highsbox/highs_dist"

    @Test func theNamedSolverGoesBeforeAllOthers() throws {
        try withPrograms(["named", "stated", "bin/highs", Self.installed + "/bin/highs"]) { folder in
            let all = ["EMBER_HIGHS": folder + "stated", "PATH": "/nowhere:\(folder)bin"]
            let searches: [(name: String?, environment: [String: String], found: String)] = [
                (folder + "named", all, "named"), (nil, all, "stated"),
                (nil, ["EMBER_HIGHS": "", "PATH": "/nowhere:\(folder)bin"], "bin/highs"),
                (nil, ["PATH": "bin"], Self.installed + "/bin/highs"),
            ]
            for search in searches {
                let solver = try Solver.find(
                    named: search.name, environment: search.environment, cache: folder + "cache", secondsLimit: 1,
                    surroundings: .system)
                #expect(solver.program == folder + search.found)
            }
        }
    }

    private func solver(_ program: String) -> Solver {
        Solver(program: program, secondsLimit: 1, environment: [:], surroundings: .system)
    }

    @Test func librariesLieBesideTheInstalledProgramAlone() throws {
        let files = ["bin/highs", Self.installed + "/bin/highs", Self.installed + "/lib/libhighs.so"]
        try withPrograms(files) { folder in
            #expect(solver(folder + "bin/highs").libraries == nil)
            let libraries = solver(folder + Self.installed + "/bin/highs").libraries
            #expect(libraries?.hasSuffix(Self.installed + "/lib") == true)
        }
    }

    @Test func whatIsNoProgramIsTold() {
        #expect(throws: SolverError.missing) {
            try Solver.find(named: nil, environment: [:], cache: "/nowhere", secondsLimit: 1, surroundings: .system)
        }
        #expect(throws: SolverError.noProgram(source: "--solver", path: "/")) {
            try Solver.find(
                named: "/", environment: ["EMBER_HIGHS": "/x"], cache: "/nowhere", secondsLimit: 1,
                surroundings: .system)
        }
    }
}
