import EmberCore
import Foundation
import Testing

@testable import EmberSim

@Suite struct SettingTests {
    private func read(_ settings: [String], of text: String? = nil) throws(ScenarioError) -> Scenario {
        let settings = try settings.map { text throws(ScenarioError) in try Setting(text, flag: "--set") }
        guard let text else { return try ScenarioReader.read("paper", settings: settings) }
        return try ScenarioReader.read(text: text, source: "my.yaml", name: "my", settings: settings)
    }

    private func messages(_ settings: [String], of text: String? = nil) -> [String] {
        do throws(ScenarioError) {
            _ = try read(settings, of: text)
            return []
        } catch {
            return error.issues.map(\.description)
        }
    }

    @Test func keysAreSetByTheirPaths() throws {
        let scenario = try read([
            "memory.budget=100GB", "slots=9",
            "models.p15.memory=90GB", "defaults.accuracy.weight=0.5", "workload.zipf=1.2",
            "services.sparks.vanishing=2",
        ])
        #expect(scenario.edge.memory == Bytes(100_000_000_000))
        #expect(scenario.slots == 9)
        #expect(scenario.catalogue.models[14].residentBytes == Bytes(90_000_000_000))
        #expect(scenario.catalogue.models[3].costs.wrongAnswer == 0.5)
        #expect(scenario.catalogue.services[0].vanishing == 2)
        guard case .stationary(let popularity) = scenario.workload else { throw Failure() }
        #expect(popularity == Popularity(requestsPerSlot: 88, zipfExponent: 1.2))
    }

    private struct Failure: Error {}

    @Test func theLaterOfTwoHolds() throws {
        #expect(try read(["slots=9", "slots=8"]).slots == 8)
    }

    /// What was published was published of the scenario as it stands.
    @Test func publishedFiguresGo() throws {
        #expect(try read(["slots=200"]).published.isEmpty)
        let published = try read(["published.lru.loads=3", "slots=200"]).published
        #expect(published == [PublishedRow(policy: "lru", figures: [.loads: 3])])
    }

    @Test func keysOfTheBaseCanBeSetAndSoCanTheBase() throws {
        #expect(try read(["models.p01.context=7"], of: "base: paper").catalogue.models[0].windowTokens == 7)
        let scenario = try read(["base=drift", "workload.period=7"], of: "base: paper")
        guard case .drift(_, period: 7) = scenario.workload else { throw Failure() }
    }

    @Test func namesMayHaveDots() throws {
        let text = "memory: {budget: 100}\nservices: {s: {}}\nmodels: {llama-3.1: {memory: 10}, llama-3: {memory: 20}}"
        let models = try read(["models.llama-3.1.memory=30", "models.llama-3.memory=40"], of: text).catalogue.models
        #expect(models.map(\.residentBytes) == [Bytes(30), Bytes(40)])
    }

    @Test(arguments: [
        ("memory.budget=lots", "flag --set: memory.budget: \"lots\" is not a number of bytes"),
        ("workload.zip=1", "flag --set: workload.zip: unknown key; did you mean zipf?"),
        ("models.p51.memory=1GB", "flag --set: models.p51.memory: \"p51\" is not among the models; did you mean p01?"),
        ("workload=drift", "flag --set: workload: is a single value where a map"),
        ("slots.size=1", "flag --set: slots.size: slots is a single value, which has no keys; set slots itself"),
        ("base=papers", "flag --set: base: \"papers\" is no shipped scenario"),
        ("memory", "flag --set: \"memory\" sets nothing; write a key, \"=\" and a value such as memory.budget=100GB"),
        ("=1", "flag --set: \"=1\" sets nothing"), ("a..b=1", "flag --set: \"a..b=1\" sets nothing"),
        ("", "flag --set: \"\" sets nothing"),
        ("memory=", "flag --set: memory"),
    ])
    func mistakesAreToldWithTheFlag(setting: String, message: String) {
        let told = messages([setting])
        #expect(told.count == 1)
        #expect(told.first?.hasPrefix(message) == true, "\(told)")
    }

    @Test func deepKeysAreRefused() {
        let key = Array(repeating: "a", count: 100_000).joined(separator: ".")
        #expect(messages([key + "=1"]).count == 1)
    }
}

@Suite struct VariationTests {
    private func values(_ text: String) -> [String] { (try? Variation(text).values) ?? [] }

    @Test func listsAndRanges() {
        #expect(values("memory.budget=100GB,200GB") == ["100GB", "200GB"])
        #expect(values("memory.budget=100GB..400GB:4") == ["100GB", "200GB", "300GB", "400GB"])
        #expect(values("workload.zipf=0..1.2:4") == ["0", "0.4", "0.8", "1.2"])
        #expect(values("x=1..2:4") == ["1", "1.333333333333", "1.666666666667", "2"])
        #expect(values("x=5..1:3") == ["5", "3", "1"])
    }

    @Test(arguments: [
        "x", "x=", "x=1,1", "x=1..2", "x=1GB..2MB:3", "x=1..2:1", "x=1..2:99999", "x=1..2:99999999999999999999",
        "x=..:3",
        "x=1..2:-3",
    ])
    func mistakesAreTold(text: String) {
        #expect(throws: ScenarioError.self) { try Variation(text) }
    }

    @Test func theGridHasEveryCombinationOnce() throws {
        let grid = Grid(variations: try [Variation("a=1,2"), Variation("b=x,y,z")])
        #expect(grid.count == 6)
        let points = (0..<6).map { grid.settings(of: $0).map(\.value).joined() }
        #expect(points == ["1x", "1y", "1z", "2x", "2y", "2z"])
        #expect(Grid(variations: []).count == 1)
        #expect(Grid(variations: try [Variation("a=1..9:5000"), Variation("b=1,2,3")]).count == nil)
    }
}
