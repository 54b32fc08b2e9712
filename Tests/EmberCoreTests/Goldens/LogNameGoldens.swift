import EmberCore
import Testing

@Suite struct LogNameGoldens {
    @Test func logsStandInTheOrderInWhichTheyWereWritten() throws {
        let texts = [
            "events-1764000000000.log", "events-1764000000001-0001.log", "events-1764000000001-0002.log",
            "events-1764000000001-9999.log", "events-1764000000001-10000.log", "events-1764000000002-0001.log",
        ]
        let names = try texts.map { try #require(LogName($0)) }
        #expect(names.reversed().sorted().map(\.text) == texts)
        #expect(names.map(\.part) == [0, 1, 2, 9999, 10000, 1])
    }

    @Test func aPartHasFourDigitsAtLeast() {
        let catalogue = Catalogue(models: [ModelSpec(name: "m")], services: [ServiceSpec(name: "s")])
        var setting = RecordedSetting(
            policy: "lru", seed: 1, catalogue: catalogue, settings: PlannerSettings(budget: Bytes(1)), began: 1.5)
        #expect(LogName(setting).text == "events-1500-0001.log")
        setting.part = 12_345
        #expect(LogName(setting).text == "events-1500-12345.log")
        #expect(LogName("events-1500-12345.log") == LogName(setting))
    }

    @Test(arguments: ["events.log", "events-.log", "events-1-x.log", "events-1-2-3.log", "events-1-1", "notes.txt"])
    func othersAreNoLogs(_ text: String) {
        #expect(LogName(text) == nil)
    }
}
