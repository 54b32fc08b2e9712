import Foundation

/// Where the ember-guard program is.
enum GuardProgram {
    static let override = "EMBER_GUARD"

    /// `$EMBER_GUARD`, else `ember-guard` in the folder of the running program.
    static func path() throws(ChildProcessError) -> String {
        let candidate =
            ProcessInfo.processInfo.environment[override]
            ?? executableFolder().appendingPathComponent("ember-guard").path
        guard FileManager.default.isExecutableFile(atPath: candidate) else {
            throw .guardNotFound(candidate)
        }
        return candidate
    }

    private static func executableFolder() -> URL {
        URL(fileURLWithPath: executablePath()).resolvingSymlinksInPath().deletingLastPathComponent()
    }

    private static func executablePath() -> String {
        #if os(Linux)
            return "/proc/self/exe"
        #else
            var length: UInt32 = 0
            _ = _NSGetExecutablePath(nil, &length)
            var path = [CChar](repeating: 0, count: Int(length))
            guard _NSGetExecutablePath(&path, &length) == 0 else { return CommandLine.arguments[0] }
            return String(decoding: path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        #endif
    }
}
