public import EmberCore

/// A policy as the simulator runs it: the server's, or a way of setting residents that only a simulation has.
public struct SimulatedPolicy: Sendable {
    public let name: String
    public let summary: String
    private let entry: PolicyEntry
    private let drawsResidents: Bool

    /// Every policy of the server, and `random-set`.
    public static let all: [SimulatedPolicy] = {
        let servers = PolicyCatalog.all.map {
            SimulatedPolicy(name: $0.name, summary: $0.summary, entry: $0, drawsResidents: false)
        }
        let summary = "A fresh random resident set in each slot, which fills a random share of the memory"
        return servers + [
            SimulatedPolicy(name: "random-set", summary: summary, entry: loadsNothing, drawsResidents: true)
        ]
    }()

    /// The policy beside a plan of residents.
    private static let loadsNothing: PolicyEntry = {
        guard let cloud = PolicyCatalog.entry(named: "cloud") else { preconditionFailure("the catalogue has cloud") }
        return cloud
    }()

    public static func named(_ name: String) -> SimulatedPolicy? { all.first { $0.name == name } }

    /// The policy of a text: a name, with or without values of its parameters (`PolicyCatalog.entry`), which then is
    /// its name.
    public static func parse(_ text: String) throws(PolicyError) -> SimulatedPolicy {
        if let policy = named(text) { return policy }
        let entry = try PolicyCatalog.entry(text)
        return SimulatedPolicy(name: text, summary: entry.summary, entry: entry, drawsResidents: false)
    }

    public var parameters: [PolicyParameter] { entry.parameters }

    /// One run of the scenario. Equal seeds meet equal requests in equal order, whatever the policy.
    public func run(_ scenario: Scenario, seed: UInt64) -> RunOutcome { run(scenario, seed: seed, observers: []) }

    /// The same run, with observers.
    func run(_ scenario: Scenario, seed: UInt64, observers: [any RunObserver]) -> RunOutcome {
        let parts = scenario.edge.count == 1 ? [scenario] : (0..<scenario.edge.count).map { scenario.part(of: $0) }
        let totals = parts.map { total(of: $0, seed: seed, observers: observers) }
        return RunOutcome(totals.dropFirst().reduce(totals[0], +), scenario)
    }

    private func total(of scenario: Scenario, seed: UInt64, observers: [any RunObserver]) -> RunTotal {
        var lots = Purpose.policy.generator(seed: seed)
        var settings = scenario.settings
        settings.recordsDecisions = observers.contains { $0.needsDecisions }
        let planner = entry.planner(for: scenario.catalogue, settings: settings, seed: lots.next())
        let residents = drawsResidents ? RandomResidents(scenario, seed: seed) : nil
        if let events = scenario.events {
            var run = EventRun(
                planner: planner, scenario: scenario, events: events, residents: residents, seed: seed,
                observers: observers)
            return run.play()
        }
        var run = SlotRun(
            planner: planner, scenario: scenario, residents: residents, seed: seed, observers: observers)
        return run.play(scenario.batches(seed: seed))
    }

    /// One run whose residents are planned.
    static func outcome(
        of plan: some ResidentPlan, _ scenario: Scenario, _ workload: Workload, seed: UInt64
    ) -> RunOutcome {
        let planner = loadsNothing.planner(for: scenario.catalogue, settings: scenario.settings)
        var run = SlotRun(planner: planner, scenario: scenario, residents: plan, seed: seed)
        return RunOutcome(run.play(workload.slots), scenario)
    }
}
