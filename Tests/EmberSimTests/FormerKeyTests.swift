import EmberCore
import Foundation
import Testing

@testable import EmberSim

/// Names of before: the same scenario, with a warning that names the new key.
@Suite struct FormerKeyTests {
    private static let present = """
        time: events
        slots: 1
        memory: {budget: 100, prefetch: 7s}
        energy: {budget: 50}
        context: {retention: kept}
        queue: {limit: 4, limit_per_model: 3, max_wait: 9s, patience: 2s, gate_wait: 1s, min_residency: 2}
        events: {load_rate: 10}
        services: {s: {}}
        defaults: {context: 300, costs: {joules: 2, joule_price: 0.5}}
        models: {a.b: {memory: 10, context: 200, costs: {joules: 3, joule_price: 0.25}}, c: {memory: 10}}
        published: {lru: {total: 7, edge_ratio: 0.5}}
        """
    private static let former = """
        time: events
        slots: 1
        memory: 100
        energy: 50
        context: kept
        events: {load_rate: 10, queue: 4, queue_per_model: 3, max_wait: 9s, patience: 2s, gate_wait: 1s,
          residency_per_load: 2, prefetch: 7s}
        services: {s: {}}
        defaults: {window: 300, energy: 2, costs: {joule: 0.5}}
        models: {a.b: {memory: 10, window: 200, energy: 3, costs: {joule: 0.25}}, c: {memory: 10}}
        published: {lru: {systemCost: 7, edgeRatio: 0.5}}
        """

    private func read(_ text: String, _ settings: [String] = []) throws -> Scenario {
        try ScenarioReader.read(
            text: text, source: "my.yaml", name: "my", settings: settings.map { try Setting($0, flag: "--set") })
    }

    private func encoded(_ catalogue: Catalogue) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(catalogue.models)
    }

    @Test func meanTheSame() throws {
        let (now, before) = (try read(Self.present), try read(Self.former))
        #expect(
            before.edge.memory == now.edge.memory && before.edge.energyJoules == 50 && before.edge.retention == .kept)
        #expect(before.settings == now.settings && before.settings.queue.limit == 4)
        #expect(try encoded(before.catalogue) == encoded(now.catalogue))
        #expect(before.catalogue.models[0].costs.perJoule == 0.25 && now.catalogue.models[1].windowTokens == 300)
        #expect(before.published.map(\.figures) == now.published.map(\.figures))
    }

    @Test func areWarnedOf() throws {
        let notes = try read(Self.former).notes
        #expect(notes.count == 18, "\(notes)")
        #expect(
            notes.contains {
                $0.hasPrefix("warning: my.yaml:6:25: queue.limit: replaces events.queue, which the next release")
            }, "\(notes)")
        #expect(notes.contains { $0.contains("my.yaml:3:1: memory.budget: replaces memory,") }, "\(notes)")
        #expect(notes.contains { $0.contains("models.a.b.context: replaces models.a.b.window,") }, "\(notes)")
        #expect(try read(Self.present).notes == [])
    }

    @Test func areSetByFlags() throws {
        let scenario = try read(Self.present, ["memory=80", "events.patience=3s", "models.a.b.window=100"])
        #expect(scenario.edge.memory == Bytes(80) && scenario.settings.queue.patienceSeconds == 3)
        #expect(scenario.settings.prefetchSeconds == 7 && scenario.catalogue.models[0].windowTokens == 100)
        #expect(scenario.notes.count == 3 && scenario.notes[0].contains("flag --set"))
    }

    @Test func areRefusedBesideTheNewOnes() throws {
        let both = Self.present.replacing("{load_rate: 10}", with: "{load_rate: 10, queue: 5}")
        let error = #expect(throws: ScenarioError.self) { try read(both) }
        #expect(
            error?.description
                == "my.yaml:7:25: queue.limit: is given as events.queue too, its former name; remove that")
    }

    /// Of these sections a file may state one key and have the others from its base.
    @Test func sectionsOfTheBaseAreFilledUp() throws {
        let scenario = try read("base: edge-box\nmemory: {prefetch: 9s}\nenergy: {price: 2}")
        #expect(scenario.edge.memory == Bytes(12_000_000_000) && scenario.settings.prefetchSeconds == 9)
        #expect(scenario.catalogue.models[0].costs.perJoule == 2)
    }
}
