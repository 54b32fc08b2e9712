import Foundation

/// Tells on the standard error, every second of a long comparison, how many runs are done.
final class RunMeter {
    private var lastShown = ContinuousClock.now
    private var hasShown = false
    private let isTerminal = isatty(STDERR_FILENO) == 1

    func show(_ done: Int, _ all: Int) {
        guard ContinuousClock.now - lastShown > .seconds(1) else { return }
        lastShown = .now
        hasShown = true
        write((isTerminal ? "\r" : "") + "\(done) of \(all) runs" + (isTerminal ? "" : "\n"))
    }

    /// Takes the line away again.
    func clear() {
        if hasShown, isTerminal { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
