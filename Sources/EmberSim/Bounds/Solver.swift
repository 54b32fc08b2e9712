import Foundation

/// HiGHS (highs.dev), a solver of linear and integer programs, as a program of its own.
public struct Solver: Sendable, Equatable {
    /// An absolute path.
    let program: String
    let secondsLimit: Int

    /// Looks for the program: the one named, else that of `EMBER_HIGHS`, else `highs` on `PATH`, else the one that the
    /// set-up has put into the cache folder.
    public static func find(
        named name: String?, environment: [String: String], cache: String, secondsLimit: Int
    ) throws(SolverError) -> Solver {
        let stated = [("--solver", name), ("EMBER_HIGHS", environment["EMBER_HIGHS"])]
        for (source, path) in stated {
            guard let path, !path.isEmpty else { continue }
            guard isProgram(path) else { throw .noProgram(source: source, path: path) }
            return Solver(program: URL(filePath: path).path(percentEncoded: false), secondsLimit: secondsLimit)
        }
        let folders = (environment["PATH"] ?? "").split(separator: ":").map { String($0) }
        let candidates = folders.filter { $0.hasPrefix("/") }.map { $0 + "/highs" } + installed(in: cache)
        guard let program = candidates.first(where: isProgram) else { throw .missing }
        return Solver(program: program, secondsLimit: secondsLimit)
    }

    /// Where the Python package highsbox has the program, in the set-up's environment; whatever Python's version.
    private static func installed(in cache: String) -> [String] {
        let libraries = cache + "/python/lib"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? []
        return versions.sorted().map { "\(libraries)/\($0)/site-packages/highsbox/highs_dist/bin/highs" }
    }

    private static func isProgram(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
            && FileManager.default.isExecutableFile(atPath: path)
    }

    /// The folder of the program's own libraries, where they lie as in highsbox: beside the folder of the program,
    /// which itself does not know of it.
    var libraries: String? {
        let folder = URL(filePath: program).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "lib").path(percentEncoded: false)
        let names = ["libhighs.so", "libhighs.dylib"]
        return names.contains { FileManager.default.fileExists(atPath: "\(folder)/\($0)") } ? folder : nil
    }
}
