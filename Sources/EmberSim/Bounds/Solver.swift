public import EmberSystem
import Foundation

/// HiGHS (highs.dev), a solver of linear and integer programs, as a program of its own.
public struct Solver: Sendable {
    /// An absolute path.
    let program: String
    let secondsLimit: Int
    /// Variables that the program has.
    let environment: [String: String]
    let surroundings: Surroundings

    /// Looks for the program: the one named, else that of `EMBER_HIGHS`, else `highs` on `PATH`, else the one that the
    /// set-up has put into the cache folder.
    public static func find(
        named name: String?, environment: [String: String], cache: String, secondsLimit: Int,
        surroundings: Surroundings
    ) throws(SolverError) -> Solver {
        let stated = [("--solver", name), ("EMBER_HIGHS", environment["EMBER_HIGHS"])]
        for (source, path) in stated {
            guard let path, !path.isEmpty else { continue }
            guard isProgram(path, surroundings.files) else { throw .noProgram(source: source, path: path) }
            return Solver(
                program: URL(filePath: path).path(percentEncoded: false), secondsLimit: secondsLimit,
                environment: environment, surroundings: surroundings)
        }
        let folders = (environment["PATH"] ?? "").split(separator: ":").map { String($0) }
        let candidates =
            folders.filter { $0.hasPrefix("/") }.map { $0 + "/highs" }
            + installed(in: cache, surroundings.files)
        guard let program = candidates.first(where: { isProgram($0, surroundings.files) }) else { throw .missing }
        return Solver(
            program: program, secondsLimit: secondsLimit, environment: environment, surroundings: surroundings)
    }

    /// Where the Python package highsbox has the program, in the set-up's environment; whatever Python's version.
    private static func installed(in cache: String, _ files: any FileSystem) -> [String] {
        let libraries = cache + "/python/lib"
        let versions = (try? files.names(in: libraries)) ?? []
        return versions.map { "\(libraries)/\($0)/site-packages/highsbox/highs_dist/bin/highs" }
    }

    private static func isProgram(_ path: String, _ files: any FileSystem) -> Bool {
        guard let status = try? files.status(of: path) else { return false }
        return !status.isFolder && files.isExecutable(path)
    }

    /// The folder of the program's own libraries, where they lie as in highsbox: beside the folder of the program,
    /// which itself does not know of it.
    var libraries: String? {
        let folder = URL(filePath: program).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "lib").path(percentEncoded: false)
        let names = ["libhighs.so", "libhighs.dylib"]
        return names.contains { surroundings.files.exists("\(folder)/\($0)") } ? folder : nil
    }
}
