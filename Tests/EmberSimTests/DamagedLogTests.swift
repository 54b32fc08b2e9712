import EmberCore
import Foundation
import Testing

@testable import EmberSim

/// A log that a disk has damaged, or a person has edited: that is reported, and breaks nothing.
@Suite struct DamagedLogTests {
    private let files: TraceFiles
    private let setting: RecordedSetting

    init() throws {
        files = try TraceFiles()
        let models = ["a", "b"].map { ModelSpec(name: $0, residentBytes: Bytes(40), parallel: 2) }
        setting = RecordedSetting(
            policy: "lru", seed: 1,
            catalogue: Catalogue(models: models, services: [ServiceSpec(name: "s"), ServiceSpec(name: "t")]),
            settings: PlannerSettings(budget: Bytes(100)), began: 5000)
    }

    /// The error of a log; nil where it can be read.
    private func error(_ header: String, _ events: [String] = []) throws -> String? {
        let path = try files.write("log", ([header] + events).joined(separator: "\n") + "\n")
        do throws(ScenarioError) {
            _ = try RecordedRun(path)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func header(_ change: (inout RecordedSetting) -> Void = { _ in }) throws -> String {
        var changed = setting
        change(&changed)
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(changed), as: UTF8.self)
    }

    @Test func whatIsSoundIsRead() throws {
        #expect(try error(header()) == nil)
        let event = RecordedEvent(time: .zero, event: .tick, digest: EffectDigest([]))
        #expect(try error(header(), [event.line]) == nil)
    }

    private static let damages: [@Sendable (inout RecordedSetting) -> Void] = [
        { $0.models = [] }, { $0.services = [] }, { $0.models[0].parallel = 0 }, { $0.models[1].parallel = -3 },
        { $0.models[0].residentBytes = Bytes(-1) }, { $0.models[1].residentBytes = Bytes(.max) },
        { $0.models[0].windowTokens = -1 }, { $0.models[0].typicalTokens = .min },
        { $0.models[0].base = ModelID(2) }, { $0.models[0].base = ModelID(-1) }, { $0.models[0].base = ModelID(0) },
        { $0.models[0].learnt = LearntMemory(resting: Bytes(.max), peak: Bytes(.max)) },
        { $0.services[0].vanishing = -1 }, { $0.services[1].demonstrationTokens = 0 },
        { $0.services[1].standIns = [ModelID(7)] }, { $0.settings.budget = Bytes(-5) },
        { $0.settings.queue.limit = -1 }, { $0.settings.failures.backoffSeconds = -1 },
        { setting in
            setting.services = (0..<3000).map { ServiceSpec(name: "\($0)") }
            setting.models = Array(repeating: setting.models[0], count: 3000)
        },
    ]

    @Test(arguments: damages.indices)
    func aHeaderThatNoServerWritesIsTold(_ index: Int) throws {
        let told = try #require(try error(header(Self.damages[index])))
        #expect(told.contains("log:1") && told.contains("damaged"), "\(told)")
    }

    /// A digit more in the number of a request, model, service or instance.
    @Test(arguments: [
        "0 a 999999999999999 0 0 1 0", "0 b 999999999999999 0 0 1 1", "0 a 1048576 0 0 1 0", "0 a 0 2 0 1 0",
        "0 a 0 0 2 1 0", "0 l 2", "0 k 0 9 1 1", "0 w 3 0.5", "0 p missing 1",
    ])
    func anEventOfWhatIsNotThereIsTold(_ event: String) throws {
        let told = try #require(try error(header(), [event + " #00000000"]))
        #expect(told.contains("log:2"), "\(told)")
    }

    /// The end of the first is missing: the run has another one from there on.
    @Test(arguments: ["a 0 0 0 1 0", "b 0 0 0 1 1"])
    func aRequestThatArrivesTwiceIsADifference(_ event: String) throws {
        var replay = try Replay(setting)
        let first = try #require(RecordedEvent(line: "0 \(event) #00000000"))
        let stepped = replay.step(first)
        let effects = try #require(stepped)
        var another = try Replay(setting)
        let right = RecordedEvent(time: .zero, event: first.event, digest: EffectDigest(effects))
        _ = another.step(right)
        #expect(another.firstDifference == nil)
        let again = another.step(right)
        #expect(again == [] && another.firstDifference == 2)
    }
}
