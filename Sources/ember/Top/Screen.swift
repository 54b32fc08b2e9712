import EmberSystem
import Foundation
import Synchronization

/// The terminal as a page that is drawn again and again; it is given back as it was.
///
/// A frame is one write, drawn over the one before, so that nothing flickers.
final class Screen: Sendable {
    private struct State {
        var isLeft = false
        /// Fulfilled when the terminal has another size.
        var resize = Promise<Void>()
    }

    /// The sources of keys and signals.
    private struct Watches: @unchecked Sendable {
        var signals: [Interrupts] = []
        var keys: (any DispatchSourceRead)?
    }

    private static let enter = "\u{1b}[?1049h\u{1b}[?25l"
    private static let exit = "\u{1b}[?25h\u{1b}[?1049l"
    private static let home = "\u{1b}[H"
    private static let restOfLine = "\u{1b}[K"
    private static let restOfPage = "\u{1b}[J"
    private static let smallest = ScreenSize(columns: 20, lines: 4)

    private let settings: termios
    private let style = ScreenStyle.ofOutput
    private let state = Mutex(State())
    private let watches = Mutex(Watches())

    /// Takes the terminal.
    ///
    /// - Parameter whenLeaving: called on q, Ctrl-C, Ctrl-D or a signal to end.
    init(whenLeaving: @escaping @Sendable () -> Void) throws {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else {
            throw CommandFailure("the terminal does not say how it is set: write --once or --json")
        }
        self.settings = settings
        Self.takeKeys(settings)
        try Terminal.write(Self.enter)
        let ends = Interrupts([SIGINT, SIGTERM, SIGHUP]) { [weak self] in
            self?.state.withLock { $0.isLeft = true }
            whenLeaving()
        }
        let resizes = Interrupts([SIGWINCH]) { [weak self] in self?.noteResize() }
        let reading = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .global())
        reading.setEventHandler { [weak self] in
            guard Self.hasLeavingKey() else { return }
            self?.state.withLock { $0.isLeft = true }
            whenLeaving()
        }
        reading.resume()
        watches.withLock { $0 = Watches(signals: [ends, resizes], keys: reading) }
    }

    /// Keys come one by one, and are not shown. Ctrl-C stays a signal; Ctrl-Z would leave the page half-way.
    private static func takeKeys(_ settings: termios) {
        var raw = settings
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        let none = UInt8(truncatingIfNeeded: fpathconf(STDIN_FILENO, Int32(_PC_VDISABLE)))
        withUnsafeMutableBytes(of: &raw.c_cc) { $0[Int(VSUSP)] = none }
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
    }

    /// Whether one of the keys that were typed leaves; the end of the input does, too.
    private static func hasLeavingKey() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(STDIN_FILENO, &bytes, bytes.count)
        guard count > 0 else { return count == 0 }
        let leaving: Set<UInt8> = [UInt8(ascii: "q"), UInt8(ascii: "Q"), 3, 4]
        return bytes[..<count].contains(where: leaving.contains)
    }

    /// Whether an order to leave has come.
    var isLeft: Bool { state.withLock { $0.isLeft } }

    var size: ScreenSize {
        let size = ScreenSize.ofOutput ?? ScreenSize(columns: 80, lines: 24)
        return ScreenSize(
            columns: max(size.columns, Self.smallest.columns), lines: max(size.lines, Self.smallest.lines))
    }

    private func noteResize() {
        let promise = state.withLock { state in
            defer { state.resize = Promise() }
            return state.resize
        }
        promise.fulfil(())
    }

    /// Waits until the terminal has another size, at most for a time.
    ///
    /// - Returns: false: it has not.
    /// - Throws: `CancellationError` once the task is cancelled.
    func resized(within limit: Duration) async throws -> Bool {
        let promise = state.withLock { $0.resize }
        let came = await Surroundings.system.time.within(limit) { await promise.valueUnlessCancelled() != nil }
        try Task.checkCancellation()
        return came == true
    }

    func draw(_ frame: TopFrame) throws {
        let lines = frame.lines.prefix(size.lines).map { $0.text(style) + Self.restOfLine }
        // No break behind the last line, which would move the page.
        try Terminal.write(Self.home + lines.joined(separator: "\r\n") + Self.restOfPage)
    }

    /// Gives the terminal back.
    func leave() {
        watches.withLock { watches in
            for interrupts in watches.signals { interrupts.stop() }
            watches.keys?.cancel()
        }
        var settings = settings
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        try? Terminal.write(Self.exit)
    }
}
