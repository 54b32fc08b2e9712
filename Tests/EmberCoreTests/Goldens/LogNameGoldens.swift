import EmberCore
import Testing

@Suite struct LogNameGoldens {
    /// Those of earlier versions come first; then the runs as they were counted, whatever the clock said.
    @Test func logsStandInTheOrderInWhichTheyWereWritten() throws {
        let texts = [
            "events-1764000000000.log", "events-1764000000001-0001.log", "events-1764000000001-0002.log",
            "events-1764000000001-9999.log", "events-1764000000001-10000.log", "events-2208988800000-0001.log",
            "events-000001-2208988800000-0001.log", "events-000001-2208988800000-0002.log",
            "events-000002-0-0001.log", "events-000003-1764000000002-0001.log",
            "events-1000000-1764000000002-0001.log",
        ]
        let names = try texts.map { try #require(LogName($0)) }
        #expect(names.reversed().sorted().map(\.text) == texts)
        #expect(names.map(\.part) == [0, 1, 2, 9999, 10000, 1, 1, 2, 1, 1, 1])
        #expect(names.map(\.run) == [0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 1_000_000])
        #expect(LogName.nextRun(after: names) == 1_000_001 && LogName.nextRun(after: []) == 1)
    }

    @Test func aPartHasFourDigitsAtLeast() {
        #expect(LogName(run: 1, began: 1.5, part: 1).text == "events-000001-1500-0001.log")
        let name = LogName(run: 1_234_567, began: 1.5, part: 12_345)
        #expect(name.text == "events-1234567-1500-12345.log")
        #expect(LogName("events-1234567-1500-12345.log") == name)
        // A clock from before 1970.
        #expect(LogName(run: 1, began: -5, part: 1).text == "events-000001-0-0001.log")
    }

    /// Two runs of two machines may have one number, two of one machine one time.
    @Test func runsAreToldApartByNumberAndTime() throws {
        let run = LogName(run: 3, began: 7, part: 1)
        #expect(run.isOfSameRun(as: LogName(run: 3, began: 7, part: 2)))
        #expect(!run.isOfSameRun(as: LogName(run: 3, began: 8, part: 1)))
        #expect(!run.isOfSameRun(as: LogName(run: 4, began: 7, part: 1)))
    }

    @Test(arguments: [
        "events.log", "events-.log", "events-1-x.log", "events-1-2-3-4.log", "events-x-2-3.log", "events-1-1",
        "notes.txt",
        "events--1-2.log", "events-9223372036854775807-1-1.log",
    ])
    func othersAreNoLogs(_ text: String) {
        #expect(LogName(text) == nil)
    }
}
