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
                "Whose memory it is: that of the machine, or that of its GPUs."
            ),
            Field(
                "gpu_budgets", \.gpuBudgets, .list(of: .gpuBudget, minimum: 1), example: ["80%", "6GiB"],
                "The memory that loaded models may use of each GPU, in NVIDIA's order, in place of budget; 0: none.",
                FieldOptions(
                    unit: "bytes or percent", defaultNote: "what budget says", isOptionalInExample: true)
            ),
            Field(
                "prefetch", \.prefetchSeconds, .durationOrNever, example: "5s",
                "Delay after a request before Ember considers loading a model ahead of demand."
            ),
        ]
    )
}
