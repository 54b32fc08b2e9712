/// A moment in one of the three forms of HTTP (RFC 9110, 5.6.7), in seconds since 1970:
/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
package enum HTTPDate {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// - Parameter now: by which a year of two digits is understood: none is more than 50 years ahead.
    /// - Returns: nil for all other texts.
    package static func seconds(_ text: some StringProtocol, now: Double) -> Double? {
        let words = text.lowercased().split { $0 == " " || $0 == "\t" || $0 == "," || $0 == "-" }
        switch words.count {
        case 6 where words[5] == "gmt" || words[5] == "utc":
            return seconds(day: words[1], month: words[2], year: year(words[3], now: now), time: words[4])
        case 5: return seconds(day: words[2], month: words[1], year: year(words[4], now: now), time: words[3])
        default: return nil
        }
    }

    private static func seconds(day: Substring, month: Substring, year: Int?, time: Substring) -> Double? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).map { number($0) ?? -1 }
        guard let year, let month = months.firstIndex(of: String(month)), let day = number(day), (1...31).contains(day),
            clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        return Double(days(year, month, day) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2])
    }

    private static func year(_ text: Substring, now: Double) -> Int? {
        guard let year = number(text) else { return nil }
        guard text.count == 2 else { return text.count == 4 ? year : nil }
        let latest = 1970 + Int(now / 31_556_952) + 50
        return year + (latest - year) / 100 * 100
    }

    private static func number(_ text: Substring) -> Int? {
        text.count <= 4 && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    /// Since 1970, after Hinnant, "chrono-compatible low-level date algorithms".
    ///
    /// - Parameter month: 0 for January.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        // Years begin in March, so that the leap day is the last one.
        let shifted = year - (month < 2 ? 1 : 0)
        let (era, yearOfEra) = shifted.quotientAndRemainder(dividingBy: 400)
        let dayOfYear = (153 * ((month + 10) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
