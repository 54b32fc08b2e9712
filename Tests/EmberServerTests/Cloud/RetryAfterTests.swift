import EmberNetwork
import Foundation
import NIOHTTP1
import Testing

@testable import EmberServer

/// When an upstream wants to be asked again, in every form that HTTP has for it.
@Suite struct RetryAfterTests {
    private let now = Date(timeIntervalSince1970: 1_769_860_800)  // Sat, 31 Jan 2026 12:00:00 GMT

    private func seconds(_ text: String) -> Double? {
        AnswerHead(status: .serviceUnavailable, headers: ["retry-after": text]).retryAfterSeconds(at: now)
    }

    @Test func allThreeFormsOfADateAreRead() {
        for text in [
            "Sat, 31 Jan 2026 12:00:30 GMT", "Saturday, 31-Jan-26 12:00:30 GMT", "Sat Jan 31 12:00:30 2026", "30",
            "30.0", " 30 ",
            "\t30", "  Sat, 31 Jan 2026 12:00:30 GMT  ", "sat, 31 jan 2026 12:00:30 gmt",
        ] {
            #expect(seconds(text) == 30, "\(text)")
        }
        #expect(seconds("Sun Feb  1 12:00:00 2026") == 86_400)
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            #expect(seconds(text) == 0, "it is over: \(text)")
            #expect(HTTPDate.seconds(text, now: now.timeIntervalSince1970) == 784_111_777)
        }
    }

    @Test func whatIsNoneIsNone() {
        for text in [
            "", " ", "soon", "-5", "+5", "1e3", "0x10", "nan", "inf", "1.2.3", ".", "12:00:30",
            "Sat, 31 Jan 2026 12:00:30",
            "Sat, 31 Jan 2026 12:00:30 CET", "Sat, 32 Jan 2026 12:00:30 GMT", "Sat, 31 Foo 2026 12:00:30 GMT",
            "Sat, 31 Jan 2026 25:00:30 GMT", "Sat, 31 Jan 2026 12:00 GMT", "Sat, 31 Jan 99999 12:00:30 GMT",
            "31/01/2026",
        ] {
            #expect(seconds(text) == nil, "\(text)")
        }
        #expect(seconds(String(repeating: "9", count: 400)) == 31_536_000, "a year is as good as for ever")
        #expect(seconds("Fri Dec 31 23:59:59 9999") == 31_536_000)
    }

    /// A year of two digits is never more than 50 years ahead.
    @Test func twoDigitsAreTheNearestYear() {
        func year(_ text: String, in year: Double) -> Double? {
            HTTPDate.seconds("Sunday, 01-Jan-\(text) 00:00:00 GMT", now: (year - 1970) * 31_556_952)
                .map { (1970 + $0 / 31_556_952).rounded() }
        }
        #expect(year("26", in: 2026.5) == 2026 && year("75", in: 2026.5) == 2075 && year("94", in: 2026.5) == 1994)
        #expect(year("01", in: 2099.5) == 2101)
    }

    /// Every day of some years, against the calendar of the system.
    @Test func daysAreThoseOfTheCalendar() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        for day in stride(from: 0, to: 60_000, by: 13) {
            let time = Double(day) * 86_400 + 3661
            let text = formatter.string(from: Date(timeIntervalSince1970: time))
            #expect(HTTPDate.seconds(text, now: 0) == time, "\(text)")
        }
    }

    @Test(arguments: [429, 500, 502, 503, 504, 529])
    func itIsHeededWithEveryStatusThatMayHaveIt(_ status: Int) {
        let answer = EngineAnswer(
            AnswerHead(status: HTTPResponseStatus(statusCode: status), headers: ["retry-after": "7"]), .whole(.init()))
        #expect(Breaker.Failure(answer, at: now) == .busy(retryAfterSeconds: 7))
        // The server says it itself: no request is to blame.
        #expect(answer.fault == .server(.busy(retryAfterSeconds: 7)))
    }
}
