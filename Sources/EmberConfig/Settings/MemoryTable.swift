import EmberDocument

/// The keys of `memory`.
enum MemoryTable {
    static let section = Section<MemoryConfiguration>(
        name: "memory", defaults: MemoryConfiguration(),
        fields: [
            Field(
                "budget", \.budget, .budget, example: "60%",
                "The memory that loaded models may use together: bytes, or a share of the device's.",
                FieldOptions(
                    unit: "bytes or percent",
                    override: OverrideNames(environment: "EMBER_MEMORY_BUDGET", flag: "--memory-budget")
                )
            ),
            Field(
                "device", \.device, .choice("a device"), example: "ram",
                "Whose memory it is: that of the machine, or that of all GPUs together."
            ),
            Field(
                "prefetch", \.prefetchSeconds, .durationOrNever, example: "5s",
                "Delay after a request before Ember considers loading a model ahead of demand."
            ),
        ]
    )
}
