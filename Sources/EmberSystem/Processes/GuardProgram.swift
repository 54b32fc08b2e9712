import Foundation

/// Where the ember-guard program is.
package enum GuardProgram {
    static let override = "EMBER_GUARD"

    /// `$EMBER_GUARD`, else `ember-guard` in the folder of the running program.
    package static func path() throws(ChildProcessError) -> String {
        let candidate =
            ProcessInfo.processInfo.environment[override]
            ?? executableFolder().appendingPathComponent("ember-guard").path
        guard SystemFiles().isExecutable(candidate) else {
            throw .guardNotFound(candidate)
        }
        return candidate
    }

    /// The folder of the program's file itself, also if it was started by a symbolic link.
    private static func executableFolder() -> URL {
        let executable = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        return executable.resolvingSymlinksInPath().deletingLastPathComponent()
    }
}
