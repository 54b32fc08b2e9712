import EmberSystem
import Foundation

/// Tells on the standard error, every second of a long comparison, how much of it is done.
final class RunMeter {
    /// What is counted.
    private let what: String
    private var lastShown = TimeSource.system.now
    private var hasShown = false
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(_ what: String) { self.what = what }

    /// For work whose first piece may take long.
    func begin(_ all: Int) {
        guard isTerminal else { return }
        lastShown = TimeSource.system.now - .seconds(2)
        show(0, all)
    }

    func show(_ done: Int, _ all: Int) {
        guard TimeSource.system.now - lastShown > .seconds(1) else { return }
        lastShown = TimeSource.system.now
        hasShown = true
        write((isTerminal ? "\r" : "") + "\(done) of \(all) \(what)" + (isTerminal ? "" : "\n"))
    }

    /// Takes the line away again.
    func clear() {
        if hasShown, isTerminal { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
