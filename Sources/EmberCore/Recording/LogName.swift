/// The name of a log's file, `events-RUN-TIME-0001.log`: RUN counts the runs of a folder, TIME says when it began by
/// the clock of then, in milliseconds since 1970, then comes the part. In the order in which they were written,
/// whatever the clock said.
public struct LogName: Hashable, Comparable, Sendable {
    public let text: String
    /// From 1; 0: an earlier Ember has written it, which did not count.
    public let run: Int
    public let began: Int
    public let part: Int

    private static let prefix = "events-"
    private static let suffix = ".log"
    private static let mostRuns = 1 << 48

    /// - Parameter began: in seconds since 1970.
    public init(run: Int, began: Double, part: Int) {
        (self.run, self.began, self.part) = (run, Int(max(0, began) * 1000), part)
        text = "\(Self.prefix)\(Self.digits(run, 6))-\(self.began)-\(Self.digits(part, 4))\(Self.suffix)"
    }

    /// nil for what is no name of a log. Earlier versions had only the time, or the time and the part.
    public init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), text.hasSuffix(Self.suffix) else { return nil }
        let parts = text.dropFirst(Self.prefix.count).dropLast(Self.suffix.count)
            .split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == parts.count, (1...3).contains(numbers.count) else { return nil }
        self.text = text
        run = numbers.count == 3 ? numbers[0] : 0
        began = numbers.count == 3 ? numbers[1] : numbers[0]
        part = numbers.count == 1 ? 0 : numbers[numbers.count - 1]
        guard run < Self.mostRuns else { return nil }
    }

    /// Logs of two folders that were brought together may count the same.
    public func isOfSameRun(as other: LogName) -> Bool { run == other.run && began == other.began }

    /// The next run's number in a folder with these logs.
    public static func nextRun(after names: some Sequence<LogName>) -> Int { (names.map(\.run).max() ?? 0) + 1 }

    public static func < (a: LogName, b: LogName) -> Bool { (a.run, a.began, a.part) < (b.run, b.began, b.part) }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
