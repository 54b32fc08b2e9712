import Foundation

/// Columns and lines of a terminal.
struct ScreenSize: Equatable, Sendable {
    var columns: Int
    var lines: Int

    /// That of the terminal that the standard output is; nil: it is none.
    static var ofOutput: ScreenSize? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return ScreenSize(columns: Int(size.ws_col), lines: Int(size.ws_row))
    }
}

/// How a line is shown.
enum ScreenStyle {
    case plain
    case coloured

    /// Colours are for terminals, and for those who have not refused them (no-color.org).
    static var ofOutput: ScreenStyle {
        let environment = ProcessInfo.processInfo.environment
        let isRefused = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        return Terminal.isOutput && !isRefused ? .coloured : .plain
    }
}
