import Foundation

/// Dates of HTTP in the three forms that a reader has to know.
enum PullDate {
    private static let forms = [
        "EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'", "EEE MMM d HH:mm:ss yyyy",
    ]

    /// nil for what is no date.
    static func parse(_ text: String) -> Date? {
        let words = text.split(separator: " ").joined(separator: " ")
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        for form in forms {
            format.dateFormat = form
            if let date = format.date(from: words) { return date }
        }
        return nil
    }
}
