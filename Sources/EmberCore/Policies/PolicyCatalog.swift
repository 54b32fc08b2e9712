/// A policy that users can name.
public struct PolicyEntry: Sendable, CustomStringConvertible {
    /// The name in configurations and tables, such as `least-context-gated`.
    public let name: String
    /// One sentence for help texts.
    public let summary: String
    public let parameters: [PolicyParameter]
    var values: PolicyValues
    private let make: @Sendable (PlannerState, UInt64, PolicyValues) -> any Planning
    private let restore: @Sendable (any Decoder) throws -> any Planning

    /// `policy` makes the policy for a catalogue, a seed and the values of its parameters.
    public init<P: Policy>(
        _ name: String, _ summary: String, parameters: [PolicyParameter] = [],
        policy: @escaping @Sendable (Catalogue, UInt64, PolicyValues) -> P
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        values = PolicyValues(parameters)
        make = { state, seed, values in
            Planner(continuing: state, policy: policy(state.edge.catalogue, seed, values))
        }
        restore = { try Planner<P>(from: $0) }
    }

    /// A planner that decides by this policy; compiled for its own type where `Planner.handle` names it.
    public func planner(for catalogue: Catalogue, settings: PlannerSettings, seed: UInt64 = 1) -> any Planning {
        planner(continuing: PlannerState(catalogue: catalogue, settings: settings), seed: seed)
    }

    /// A planner that goes on by this policy from where another one is.
    public func planner(continuing state: PlannerState, seed: UInt64) -> any Planning { make(state, seed, values) }

    /// A planner of this policy that was encoded, just as it was then.
    public func planner(from decoder: any Decoder) throws -> any Planning { try restore(decoder) }

    public var description: String { name }
}

/// Every policy, by name. A new policy is one file in this folder and one line here.
public enum PolicyCatalog {
    public static let all: [PolicyEntry] = [
        PolicyEntry("least-context", "Evict the resident with the least Age of Context") { catalogue, _, _ in
            LeastContext(isGated: false, catalogue: catalogue)
        },
        PolicyEntry("least-context-gated", "Least Context; only residents of less context than the newcomer go") {
            catalogue, _, _ in LeastContext(isGated: true, catalogue: catalogue)
        },
        PolicyEntry("lfu", "Evict the resident asked for least often") { catalogue, _, _ in
            LeastFrequentlyUsed(isGated: false, catalogue: catalogue)
        },
        PolicyEntry("lfu-gated", "LFU; only residents asked for less often than the newcomer go") { catalogue, _, _ in
            LeastFrequentlyUsed(isGated: true, catalogue: catalogue)
        },
        PolicyEntry("gdsf", "Evict the resident of least requests x saving / bytes, with ageing") { catalogue, _, _ in
            GreedyDualSizeFrequency(isGated: false, catalogue: catalogue)
        },
        PolicyEntry("gdsf-gated", "GDSF; only residents of lower priority than the newcomer go") { catalogue, _, _ in
            GreedyDualSizeFrequency(isGated: true, catalogue: catalogue)
        },
        PolicyEntry(
            "value-of-residency", "Evict the least saving per byte; load what will save more than it costs",
            parameters: ValueOfResidency.parameters
        ) {
            catalogue, _, values in ValueOfResidency(catalogue: catalogue, values)
        },
        PolicyEntry(
            "ski-rental", "As value-of-residency; load once half of the load's cost has been forgone",
            parameters: SkiRental.parameters
        ) {
            catalogue, _, values in SkiRental(catalogue: catalogue, values)
        },
        PolicyEntry(
            "regret-forecast", "Load what its forecast saving and the regret of its absence pay for",
            parameters: RegretAndForecast.parameters
        ) {
            catalogue, _, values in RegretAndForecast(catalogue: catalogue, values)
        },
        PolicyEntry("lru", "Evict the resident whose last request lies furthest back") { catalogue, _, _ in
            LeastRecentlyUsed(catalogue: catalogue)
        },
        PolicyEntry("fifo", "Evict the resident loaded first") { catalogue, _, _ in
            FirstInFirstOut(catalogue: catalogue)
        },
        PolicyEntry("hyperbolic", "Evict the resident with the fewest requests for its time in memory") {
            catalogue, _, _ in Hyperbolic(catalogue: catalogue)
        },
        PolicyEntry("random", "Evict a resident at random") { _, seed, _ in RandomVictim(seed: seed) },
        PolicyEntry("cloud", "Load nothing that the cloud can answer") { _, _, _ in CloudOnly() },
    ]

    public static func entry(named name: String) -> PolicyEntry? { all.first { $0.name == name } }

    /// The policy of a text: a name, or one with values of parameters such as `regret-forecast:horizon=20:regret=0`.
    public static func entry(_ text: String) throws(PolicyError) -> PolicyEntry {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let entry = entry(named: String(parts[0])) else {
            throw PolicyError(
                "there is no policy \"\(parts[0].prefix(50))\"; write one of \(names.joined(separator: ", "))")
        }
        return try entry.with(parts.dropFirst())
    }

    public static var names: [String] { all.map(\.name) }
}
