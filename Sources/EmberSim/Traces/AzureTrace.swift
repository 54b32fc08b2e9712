/// The Azure LLM inference traces of 2023: "2023-11-16 18:17:03.9799600,4808,10".
///
/// Source: github.com/Azure/AzurePublicDataset, Patel et al., "Splitwise", ISCA 2024.
enum AzureTrace: RequestFormat {
    static let header: String? = columns
    static let isCalendar = true
    static let namesServices = false
    private static let columns = "TIMESTAMP,ContextTokens,GeneratedTokens"

    static func request(_ line: String) throws(BadLine) -> TraceRequest {
        let fields = try CSVFields(line, header: columns)
        guard let nanoseconds = nanoseconds(fields[0]) else {
            throw fields.bad(0, "is no time; write it as 2023-11-16 18:17:03.9799600")
        }
        return TraceRequest(
            nanoseconds: nanoseconds, inputTokens: try fields.tokens(1), outputTokens: try fields.tokens(2))
    }

    /// Nanoseconds since 1970, in UTC; nil when the text is no such time. A parser of dates that a library has takes
    /// 20 times as long and loses the last digits.
    private static func nanoseconds(_ text: Substring) -> Int? {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            return bytes[range].reduce(0 as Int?) { sum, byte in
                guard let sum, (0x30...0x39).contains(byte) else { return nil }
                return sum * 10 + Int(byte - 0x30)
            }
        }
        guard (19...29).contains(bytes.count), bytes.count != 20,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1970...2200).contains(year), (1...12).contains(month), (1...31).contains(day),
            hour < 24, minute < 60, second < 60,
            [4: "-", 7: "-", 10: " ", 13: ":", 16: ":"].allSatisfy({ bytes[$0] == $1.utf8.first })
        else { return nil }
        var fraction = 0
        if bytes.count > 20 {
            guard bytes[19] == UInt8(ascii: "."), let digits = number(20..<bytes.count) else { return nil }
            fraction = (bytes.count..<29).reduce(digits) { value, _ in value * 10 }
        }
        let seconds = ((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
        return seconds * 1_000_000_000 + fraction
    }

    /// Days of the Gregorian calendar, counting years from March so that the leap day comes last.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let years = month > 2 ? year : year - 1
        let months = (month + 9) % 12
        return years * 365 + years / 4 - years / 100 + years / 400 + (months * 153 + 2) / 5 + day - 1 - 719_468
    }
}
