import EmberSystem

/// What the program was called with.
///
/// The standard library looks for it beside the environment. A library that is loaded before the program (`LD_PRELOAD`,
/// as Debian's faketime) and sets a variable has moved that, and then there seem to be no arguments at all.
enum ProgramArguments {
    /// Without the program's own name; nil: the standard library knows them.
    static var moved: [String]? {
        guard CommandLine.arguments.isEmpty, let text = procText("/proc/self/cmdline") else { return nil }
        return text.split(separator: "\0", omittingEmptySubsequences: false).dropLast().dropFirst().map { String($0) }
    }
}
