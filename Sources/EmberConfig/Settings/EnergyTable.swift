import EmberDocument

/// The keys of `energy`.
enum EnergyTable {
    static let section = Section<EnergyConfiguration>(
        name: "energy", defaults: EnergyConfiguration(),
        fields: [
            Field(
                "budget", optional: \.budgetJoules, .number(0...1e15, "number of joules"), example: 3000,
                "The energy that the edge may use in any window; requests beyond it are offloaded, or wait.",
                FieldOptions(unit: "joules", defaultNote: "no bound", isOptionalInExample: true)
            ),
            Field("window", \.windowSeconds, .duration(1...86_400), example: "60s", "The window of the budget."),
            Field(
                "price", \.price, .number(0...1_000_000_000, "cost"), example: 0.001, "The cost of a joule.",
                FieldOptions(unit: "cost")
            ),
            Field(
                "source", \.source, .choice("a source"), example: "auto",
                "The source of joules: the machine's counters if they can be read (auto), costs.joules "
                    + "(modelled), or the processor's counters alone (rapl)."
            ),
        ]
    )
}
