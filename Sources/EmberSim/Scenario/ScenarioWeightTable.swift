import EmberCore
import EmberDocument

/// The keys of a scenario's `weights`: a server's, but for money, which no scenario has.
enum ScenarioWeightTable {
    static let section = Section<CostWeights>(
        name: "weights", defaults: CostWeights(),
        fields: [
            field("waiting", \.waitingSecond, example: 1, "A second that a client waits."),
            field(
                "loading", \.loadingSecond, example: 1, "A second that a load takes, besides the waiting for it."),
            field(
                "offloading", \.offloading, example: 5, "Sending a request to the cloud, besides the time it takes."),
        ])

    private static func field(
        _ name: String, _ keyPath: any WritableKeyPath<CostWeights, Double> & Sendable, example: JSONValue,
        _ summary: String
    ) -> Field<CostWeights> {
        Field(name, keyPath, .number(0...1_000_000_000, "cost"), example: example, summary)
    }
}
