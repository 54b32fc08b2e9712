/// What ember-guard writes and returns; the other side is Sources/ember-guard/main.c.
enum GuardProtocol {
    private static let enginePrefix = "ember-guard: engine "
    private static let cannotRunPrefix = "ember-guard: cannot run "
    private static let cannotRunCode: Int32 = 127
    private static let signalBase: Int32 = 128
    private static let lastSignal: Int32 = 64
    private static let maxGraceSeconds: Double = 24 * 60 * 60

    /// - Parameters:
    ///   - openFiles: the program's soft limit of descriptors.
    ///   - group: the control group that it is put into.
    static func arguments(
        graceSeconds: Double, openFiles: Int, group: ControlGroup? = nil, program: String, arguments: [String]
    ) -> [String] {
        let grace = min(max(graceSeconds, 0), maxGraceSeconds)
        let first = "\(Int(grace * 1000)):\(openFiles)" + (group.map { ":" + $0.path } ?? "")
        return [first, "--", program] + arguments
    }

    /// The engine's process id, from the guard's first line.
    static func enginePid(inLine line: String) -> Int32? {
        guard line.hasPrefix(enginePrefix) else { return nil }
        return Int32(line.dropFirst(enginePrefix.count))
    }

    /// The engine's end, from the guard's exit code. As in a shell, a code above 128 means a signal.
    static func cause(guardExitCode code: Int32, lastLines: [String]) -> ExitReason.Cause {
        if code == cannotRunCode, let line = lastLines.last(where: { $0.hasPrefix(cannotRunPrefix) }) {
            return .cannotRun(String(line.dropFirst(cannotRunPrefix.count)))
        }
        let isSignal = code > signalBase && code <= signalBase + lastSignal
        return isSignal ? .signalled(code - signalBase) : .exited(code: code)
    }
}
