import Foundation

/// What the program was called with.
///
/// The standard library looks for it beside the environment. A library that is loaded before the program (`LD_PRELOAD`,
/// as Debian's faketime) and sets a variable has moved that, and then there seem to be no arguments at all.
enum ProgramArguments {
    /// Without the program's own name; nil: the standard library knows them.
    static var moved: [String]? {
        guard CommandLine.arguments.isEmpty, let data = FileManager.default.contents(atPath: "/proc/self/cmdline")
        else { return nil }
        return data.split(separator: 0, omittingEmptySubsequences: false).dropLast().dropFirst().map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
