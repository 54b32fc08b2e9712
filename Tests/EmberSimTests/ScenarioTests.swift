import EmberCore
import Foundation
import Testing

@testable import EmberSim

@Suite struct ScenarioTests {
    private func messages(_ text: String) -> [String] {
        do throws(ScenarioError) {
            _ = try ScenarioReader.read(text: text, source: "my.yaml", name: "my", folder: fixtures)
            return []
        } catch {
            return error.issues.map(\.description)
        }
    }

    @Test(arguments: ShippedScenarios.names)
    func everyShippedScenarioIsGood(name: String) throws {
        let traces = try TraceFiles.samples()
        let scenario = try ScenarioReader.read(name, traces: traces.folder)
        #expect(scenario.name == name)
        #expect(!scenario.summary.isEmpty)
        #expect(try ScenarioReader.summary(ofShipped: name) == scenario.summary)
        #expect(scenario.published.isEmpty == (name != "paper"))
        #expect(scenario.published.allSatisfy { SimulatedPolicy.named($0.policy) != nil })
    }

    /// Every file of the folder is in the program, byte for byte.
    @Test func shippedScenariosAreTheFiles() throws {
        let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/EmberSim/Scenarios")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(Set(files.map { $0.deletingPathExtension().lastPathComponent }) == Set(ShippedScenarios.names))
        for file in files {
            let name = file.deletingPathExtension().lastPathComponent
            #expect(try String(contentsOf: file, encoding: .utf8) == ShippedScenarios.text(of: name))
        }
    }

    @Test func readsThePapersServer() throws {
        let scenario = try ScenarioReader.read("paper")
        #expect(scenario.edge.memory == Bytes(324_250_000_000))
        #expect(scenario.catalogue.pairCount == 15)
        #expect(scenario.catalogue.sharing == .pairs)
        #expect(scenario.catalogue.windowExamples(of: PairID(3)) == 20)
        let largest = scenario.catalogue.models[14]
        #expect(largest.typicalTokens == 1000)
        #expect(largest.costs.inferencePerToken == 3.52e-5)
        #expect(largest.accuracy == .boundedLog(zeroShot: 0.338, gain: 0.07, alpha: 1))
        let loads = scenario.catalogue.models.map { $0.costs.load.cost(of: $0.residentBytes) }
        #expect(abs(loads.reduce(0, +) / 15 - 4) < 1e-12)
        let leastContext = scenario.published.first { $0.policy == "least-context-gated" }
        #expect(leastContext?.figures[.systemCost] == 4.88)
    }

    @Test func aBaseGivesWhatTheFileLeavesOut() throws {
        let scenario = try ScenarioReader.read(
            text: "base: paper\nslots: 7\nworkload: {kind: stationary, requests: 5}", source: "my.yaml", name: "my")
        #expect(scenario.slots == 7)
        #expect(scenario.catalogue.pairCount == 15)
        #expect(scenario.published.isEmpty)
    }

    /// 10 tokens at 1000 a second and 5 at 50; a load of 1 s and 60 bytes at 60 a second; the cloud 0.05 s away, at
    /// 5000 and 50.
    @Test func withWeightsTheCostsAreMeasuredThatNobodyStates() throws {
        let text = """
            {time: events, slots: 1, memory: {budget: 100}, services: {s: {}}, weights: {waiting: 2, loading: 3, offloading: 4},
            events: {load_rate: 60, load_seconds: 1}, defaults: {tokens: 15, output: 5, costs: {transmission: 1}},
            models: {a: {memory: 60}, b: {memory: 60, costs: {load: 7, token: 8, cloud: 9}}}, workload: {kind: stationary}}
            """
        let scenario = try ScenarioReader.read(text: text, source: "my.yaml", name: "my")
        let (measured, stated) = (scenario.catalogue.models[0], scenario.catalogue.models[1])
        #expect(scenario.settings.weights?.waitingSecond == 2)
        #expect(measured.measured == [.load, .inference, .cloud] && stated.measured == [])
        #expect(measured.costs.load == .constant(2 * (2 + 3)))
        #expect(abs(measured.costs.inferencePerToken - 2 * (0.01 + 0.1) / 15) < 1e-15)
        #expect(abs(measured.costs.cloudPerRequest - (4 + 2 * (0.05 + 0.002 + 0.1))) < 1e-12)
        #expect(measured.costs.transmissionPerRequest == 1)
        #expect(stated.costs.load == .constant(7) && stated.costs.inferencePerToken == 8)
        #expect(stated.costs.cloudPerRequest == 9)
    }

    @Test func weightsAreForEventTime() {
        #expect(messages("base: paper\nweights: {waiting: 1}").first?.contains("write time: events") == true)
    }

    @Test func defaultsHoldKeyByKey() throws {
        let scenario = try ScenarioReader.read(
            text: """
                memory: {budget: 100}
                services: {s: {}}
                defaults: {tokens: 7, costs: {cloud: 2, token: 3}}
                models:
                  a: {memory: 10, costs: {cloud: 5}}
                """, source: "my.yaml", name: "my")
        #expect(scenario.catalogue.models[0].typicalTokens == 7)
        #expect(scenario.catalogue.models[0].costs.cloudPerRequest == 5)
        #expect(scenario.catalogue.models[0].costs.inferencePerToken == 3)
    }

    @Test(arguments: [
        ("", "my.yaml:1:1: memory: has no budget"),
        (oneModel + "slots: 0", "my.yaml:4:8: slots: \"0\" is out of the range"),
        (oneModel + "slot: 5", "my.yaml:4:1: slot: unknown key; did you mean slots?"),
        (
            oneModel + "workload: {kind: drift, zipff: 1}",
            "my.yaml:4:25: workload.zipff: unknown key; did you mean zipf?"
        ),
        (oneModel + "workload: {kind: steady}", "my.yaml:4:18: workload.kind: \"steady\" is not a kind of workload"),
        (
            oneModel + "workload: {kind: stationary, period: 3}",
            "my.yaml:4:38: workload.period: means nothing to a stationary workload"
        ),
        (oneModel + "workload: {kind: file}", "my.yaml:4:11: workload: has no file"),
        (oneModel + "workload: {kind: file, file: none.csv}", "none.csv: cannot be read"),
        ("base: papers", "my.yaml:1:7: base: \"papers\" is no shipped scenario; write one of paper"),
        ("memory: {budget: 100}\nservices: {s: {}}\nmodels: {m: {}}", "my.yaml:3:10: models.m: has no memory"),
        (oneModel + "models: {}", "my.yaml:4:1: models: is given twice"),
        ("memory: [", "invalid YAML"),
        ("memory: ${env.HOME}\n", "the environment variable HOME is not set"),
    ])
    func badScenariosAreToldWithTheirPlace(text: String, message: String) {
        let messages = messages(text)
        #expect(messages.contains { $0.contains(message) }, "\(messages)")
    }

    @Test func unknownNamesAreTold() {
        #expect(throws: ScenarioError.self) { try ScenarioReader.read("/no/such/scenario") }
    }
}
