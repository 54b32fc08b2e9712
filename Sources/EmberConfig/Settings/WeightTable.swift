import EmberCore
import EmberDocument

/// The keys of `weights`.
enum WeightTable {
    static let section = Section<CostWeights>(
        name: "weights", defaults: CostWeights(),
        fields: [
            field(
                "waiting", \.waitingSecond, example: 1, "cost a second",
                "A second that a client waits; at 1, costs are in seconds of waiting."),
            field(
                "loading", \.loadingSecond, example: 1, "cost a second",
                "A second that a load keeps the machine busy, besides the waiting for it."),
            field(
                "offloading", \.offloading, example: 5, "cost a request",
                "The cost of sending a request to the cloud, besides its time and price: a preference for the edge."
            ),
            field(
                "money", \.money, example: 180, "cost a unit of money",
                "One unit of the money of prices; 180 is an hour of waiting for 20."),
        ]
    )

    private static func field(
        _ name: String, _ keyPath: any WritableKeyPath<CostWeights, Double> & Sendable, example: JSONValue,
        _ unit: String,
        _ summary: String
    ) -> Field<CostWeights> {
        Field(name, keyPath, .number(0...1_000_000_000, "cost"), example: example, summary, FieldOptions(unit: unit))
    }
}
