/// A policy that users can name.
public struct PolicyEntry: Sendable, CustomStringConvertible {
    /// The name in configurations and tables, such as `least-context-gated`.
    public let name: String
    /// One sentence for help texts.
    public let summary: String
    private let make: @Sendable (Catalogue, PlannerSettings, UInt64) -> any Planning

    /// `policy` makes the policy for a catalogue and a seed.
    public init<P: Policy>(
        _ name: String, _ summary: String, policy: @escaping @Sendable (Catalogue, UInt64) -> P
    ) {
        self.name = name
        self.summary = summary
        make = { catalogue, settings, seed in
            Planner(catalogue: catalogue, settings: settings, policy: policy(catalogue, seed))
        }
    }

    /// A planner that decides by this policy; its inner loops are compiled for the policy's own type.
    public func planner(for catalogue: Catalogue, settings: PlannerSettings, seed: UInt64 = 1) -> any Planning {
        make(catalogue, settings, seed)
    }

    public var description: String { name }
}

/// Every policy, by name. A new policy is one file in this folder and one line here.
public enum PolicyCatalog {
    public static let all: [PolicyEntry] = [
        PolicyEntry("least-context", "Evict the resident with the least Age of Context") { catalogue, _ in
            LeastContext(isGated: false, catalogue: catalogue)
        },
        PolicyEntry("least-context-gated", "Least Context; only residents of less context than the newcomer go") {
            catalogue, _ in LeastContext(isGated: true, catalogue: catalogue)
        },
        PolicyEntry("lfu", "Evict the resident asked for least often") { catalogue, _ in
            LeastFrequentlyUsed(isGated: false, catalogue: catalogue)
        },
        PolicyEntry("lfu-gated", "LFU; only residents asked for less often than the newcomer go") { catalogue, _ in
            LeastFrequentlyUsed(isGated: true, catalogue: catalogue)
        },
        PolicyEntry("gdsf", "Evict the resident of least requests x saving / bytes, with ageing") { catalogue, _ in
            GreedyDualSizeFrequency(isGated: false, catalogue: catalogue)
        },
        PolicyEntry("gdsf-gated", "GDSF; only residents of lower priority than the newcomer go") { catalogue, _ in
            GreedyDualSizeFrequency(isGated: true, catalogue: catalogue)
        },
        PolicyEntry("value-of-residency", "Evict the least saving per byte; load what will save more than it costs") {
            catalogue, _ in ValueOfResidency(catalogue: catalogue)
        },
        PolicyEntry("ski-rental", "As value-of-residency; load once half of the load's cost has been forgone") {
            catalogue, _ in SkiRental(catalogue: catalogue)
        },
        PolicyEntry("regret-forecast", "Load what its forecast saving and the regret of its absence pay for") {
            catalogue, _ in RegretAndForecast(catalogue: catalogue)
        },
        PolicyEntry("lru", "Evict the resident whose last request lies furthest back") { catalogue, _ in
            LeastRecentlyUsed(catalogue: catalogue)
        },
        PolicyEntry("fifo", "Evict the resident loaded first") { catalogue, _ in
            FirstInFirstOut(catalogue: catalogue)
        },
        PolicyEntry("random", "Evict a resident drawn by lot") { _, seed in RandomVictim(seed: seed) },
        PolicyEntry("cloud", "Load nothing that the cloud can answer") { _, _ in CloudOnly() },
    ]

    public static func entry(named name: String) -> PolicyEntry? { all.first { $0.name == name } }

    public static var names: [String] { all.map(\.name) }
}
