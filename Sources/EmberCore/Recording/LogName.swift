/// The name of a log's file, `events-TIME-0001.log`: TIME says when the run began, in milliseconds since 1970, then comes the
/// part. In the order in which they were written.
public struct LogName: Hashable, Comparable, Sendable {
    public let text: String
    public let began: Int
    public let part: Int

    private static let prefix = "events-"
    private static let suffix = ".log"

    public init(_ setting: RecordedSetting) {
        began = Int(setting.began * 1000)
        part = setting.part
        let digits = "\(part)"
        let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
        text = "\(Self.prefix)\(began)-\(zeros)\(digits)\(Self.suffix)"
    }

    /// nil for what is no name of a log. One of version 2 was its run's only part, and had no number.
    public init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), text.hasSuffix(Self.suffix) else { return nil }
        let numbers = text.dropFirst(Self.prefix.count).dropLast(Self.suffix.count)
            .split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(numbers.count), let began = numbers[0], let part = numbers.count == 1 ? 0 : numbers[1]
        else { return nil }
        (self.text, self.began, self.part) = (text, began, part)
    }

    public static func < (a: LogName, b: LogName) -> Bool { (a.began, a.part) < (b.began, b.part) }
}
