import EmberDocument

/// The keys of `context`.
enum ContextTable {
    static let section = Section<ContextConfiguration>(
        name: "context", defaults: ContextConfiguration(),
        fields: [
            Field(
                "retention", optional: \.retention, .choice("a retention"), example: "kept",
                "What an eviction does to the model's context: it is lost, or kept.",
                FieldOptions(defaultNote: "kept where a service has demonstrations, else lost")
            ),
            Field(
                "embedding_model", optional: \.embeddingModel, .name(of: "a model"), example: "smollm2",
                "The model that embeds prompts, so that relevant demonstrations are found.",
                FieldOptions(defaultNote: "none: relevance is not known", isOptionalInExample: true)
            ),
            Field(
                "answer_reserve", optional: \.answerTokens, .integer(1...16_777_216, "number of tokens"), example: 1024,
                "Where a model's pool cannot hold all requests at their longest: what is reserved for the answer to a "
                    + "request that names no bound, and becomes its bound.",
                FieldOptions(unit: "tokens", defaultNote: "a quarter of the model's context")
            ),
            Field(
                "entries_per_service", \.entriesPerService, .integer(1...10_000_000, "number of demonstrations"),
                example: 10000, "Demonstrations that are kept of each tenant's service; beyond, the least valuable go.",
                FieldOptions(unit: "demonstrations")
            ),
            Field(
                "store_limit", \.storeBytes, .bytes(1_048_576...1_125_899_906_842_624), example: "1GiB",
                "The demonstrations' file; at the limit the least valuable go.", FieldOptions(unit: "bytes")
            ),
            Field(
                "state_limit", \.stateBytes, .bytes(0...1_125_899_906_842_624), example: "1GiB",
                "Saved KV states, of which the longest unused go at the limit; 0 saves none.",
                FieldOptions(unit: "bytes")
            ),
            Field(
                "write_limit", \.writeBytes, .bytes(0...1_125_899_906_842_624), example: "64GiB",
                "Saved KV states that engines may write in 24 hours; at the limit no more are saved until these have "
                    + "passed.",
                FieldOptions(unit: "bytes")
            ),
            Field(
                "keep", \.keep, .keep, example: "7d",
                "How long saved KV states stay, at most: a duration, unlimited, or none (no conversation is saved); "
                    + "the shortest of this, the service's and the key's counts."
            ),
            Field(
                "state_dir", optional: \.stateFolder, .path, example: "/dev/shm/ember",
                "The folder of saved KV states; on a RAM disk (tmpfs) they are lost at a reboot, and state_limit "
                    + "counts in memory.budget.",
                FieldOptions(defaultNote: "kv in the state folder", isOptionalInExample: true)
            ),
        ]
    )
}
