import EmberCore
import Foundation
import Testing

@testable import EmberSim

/// A run whose configuration was read again meanwhile: ids mean other models after that.
@Suite struct RecordedReloadTests {
    private let files: TraceFiles
    private let path: String

    /// "a" goes, "b" becomes model 0, and "c" comes as model 1; then the budget changes.
    init() throws {
        files = try TraceFiles()
        func model(_ name: String) -> ModelSpec { ModelSpec(name: name, residentBytes: Bytes(10), parallel: 3) }
        let catalogue = Catalogue(models: [model("a"), model("b")], services: [ServiceSpec(name: "s")])
        let setting = RecordedSetting(
            policy: "lru", seed: 1, catalogue: catalogue, settings: PlannerSettings(budget: Bytes(100)), began: 7)
        let change = CatalogueChange(
            models: [model("b"), model("c")], services: [ServiceSpec(name: "s"), ServiceSpec(name: "t")],
            newModels: [nil, ModelID(0)], newServices: [ServiceID(0)])
        var bounds = SettingsChange(setting.settings)
        bounds.budget = Bytes(200)
        let events: [(Double, Event)] = [
            (1, Self.arrival(0, of: 0)), (2, .loadFinished(InstanceID(0))),
            (3, .requestFinished(RequestID(0), tokens: 5)), (4, .unloadRequested(InstanceID(0))),
            (5, .unloadFinished(InstanceID(0))), (6, Self.arrival(1, of: 1)), (7, .catalogueChanged(change)),
            (9, .loadFinished(InstanceID(0))), (11, .requestFinished(RequestID(1), tokens: 6)),
            (12, Self.arrival(0, service: 1, of: 1)), (14, .loadFinished(InstanceID(1))),
            (15, .settingsChanged(bounds)),
            (17, .requestFinished(RequestID(0), tokens: 7)),
        ]
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: RecordedInfinity.positive, negativeInfinity: RecordedInfinity.negative,
            nan: RecordedInfinity.notANumber)
        var planner = try setting.planner()
        var lines = [String(decoding: try encoder.encode(setting), as: UTF8.self)]
        for (seconds, event) in events {
            var effects: [Effect] = []
            planner.handle(event, at: Time(seconds: seconds), into: &effects)
            lines.append(
                RecordedEvent(time: Time(seconds: seconds), event: event, digest: EffectDigest(effects)).line)
        }
        let name = LogName(run: 1, began: setting.began, part: 1).text
        try files.write(name, lines.joined(separator: "\n") + "\n")
        path = files.path(name)
    }

    private static func arrival(_ id: Int, service: Int = 0, of model: Int) -> Event {
        .requestArrived(RequestID(id), service: ServiceID(service), model: ModelID(model), offloadable: false)
    }

    @Test func namesFollowTheLog() throws {
        let run = try RecordedRun(path)
        #expect(run.firstDifference == nil && run.events == 13)
        #expect(
            run.csv == "time,service,model,input_tokens,output_tokens\n1.0,s,a,5,0\n6.0,s,b,6,0\n12.0,t,c,7,0\n")
        #expect(run.catalogue.models.map(\.name) == ["a", "b", "c"])
        #expect(run.catalogue.services.map(\.name) == ["s", "t"])
        #expect(run.times.map { $0.loadSeconds.sum } == [1, 3, 2], "a load goes on under its new id")
        #expect(run.times.map { $0.edgeSeconds.sum } == [1, 2, 3])
    }

    @Test func itIsSimulatedWithAllItsModels() throws {
        let run = try RecordedRun(path)
        let outcome = try #require(SimulatedPolicy.named("lru")).run(run.scenario(named: "reload"), seed: 1)
        #expect(outcome[.requests] == 3 && outcome[.rejectedRequests] == 0)
    }

    @Test func oneThatIsBackUnderItsNameIsTheSame() {
        func catalogue(_ models: [ModelSpec]) -> Catalogue {
            Catalogue(models: models, services: [ServiceSpec(name: "s")])
        }
        let (a, b) = (ModelSpec(name: "a"), ModelSpec(name: "b"))
        var variant = ModelSpec(name: "v")
        variant.base = ModelID(1)
        var retired = a
        retired.isRetired = true
        var all = RunCatalogue(catalogue([a]))
        all.take(catalogue([variant, b, retired]))
        #expect(all.catalogue.models.map(\.name) == ["a", "v", "b"])
        #expect(all.catalogue.models[1].base == ModelID(2) && !all.catalogue.models[0].isRetired)
        #expect(all(ModelID(0)) == ModelID(1) && all(ModelID(2)) == ModelID(0))
        var cloud = a
        cloud.placement = .cloud
        all.take(catalogue([cloud, b]))
        #expect(all.catalogue.models.map(\.placement) == [.edge, .edge, .edge, .cloud])
        all.take(catalogue([b, a]))
        #expect(all(ModelID(1)) == ModelID(0) && all.catalogue.models.count == 4)
    }
}
