import EmberDocument

/// The keys of a scenario's `workload`.
enum WorkloadTable {
    static let section = Section<WorkloadDraft>(
        name: "workload", defaults: WorkloadDraft(),
        fields: [
            Field("kind", \.kind, .choice("a kind of workload"), example: "stationary", "How requests come."),
            Field(
                "requests", \.popularity.requestsPerSlot, .number(0...1_000_000, "number of requests per slot"),
                example: 88,
                "The mean over all pairs."),
            Field(
                "zipf", \.popularity.zipfExponent, .number(0...10, "exponent"), example: 0.8,
                "The pair of rank r has the share r^-zipf."),
            Field(
                "size_correlation", \.popularity.ranks.sizeCorrelation, .number(-1...1, "correlation"), example: 0.7,
                "How far the popular pairs are the large ones: 1 wholly, 0 not at all, -1 the small ones."),
            Field(
                "idle_pairs", \.idlePairs, .integer(0...100, "number of pairs"), example: 3,
                "Further pairs of the same model that are never asked for, for each that is."),
            Field(
                "period", \.period, .integer(1...1_000_000_000, "number of slots"), example: 50,
                "The time after which ranks are drawn again."),
            share("busy_share", \.bursts.busyShare, "Pairs that begin busy."),
            share("busy_stays", \.bursts.busyStays, "The chance of a busy pair to be busy in the next slot."),
            share("busy_begins", \.bursts.busyBegins, "The chance of a quiet pair to be busy in the next slot."),
            factor("busy_factor", \.bursts.busyFactor, "What a busy pair's mean is multiplied by."),
            factor("quiet_factor", \.bursts.quietFactor, "What a quiet pair's mean is multiplied by."),
            Field(
                "hot_slots", \.hunt.hotSlots, .integer(1...1_000_000_000, "number of slots"), example: 12,
                "How long a pair is the hottest, and the second, before the next."),
            Field(
                "quiet", \.hunt.quietRequests, .number(0...1_000_000, "number of requests per slot"), example: 0.3,
                "The mean of each other pair."),
            share("first_share", \.hunt.firstShare, "Of the requests, those of the hottest pair."),
            share("second_share", \.hunt.secondShare, "Of the requests, those of the second."),
            Field(
                "day", \.day.slots, .integer(1...1_000_000_000, "number of slots"), example: 96,
                "The length of the day over which each pair's mean swings once."),
            share("swing", \.day.swing, "Of its mean, what a pair gains at its best hour and loses at its worst."),
            share(
                "crowd_chance", \.day.crowdChance, "The chance per slot that a crowd comes, for a pair drawn evenly."),
            Field(
                "crowd_requests", \.day.crowdRequests, .number(0...1_000_000, "number of requests per slot"),
                example: 60,
                "What a crowd adds to the pair's mean in its first slot."),
            share("crowd_stays", \.day.crowdStays, "What is left of a crowd from one slot to the next."),
            Field(
                "mix", \.mix, .list(of: mix), example: .array([.object(["service": "chat", "model": "small"])]),
                "The pairs that are asked for, each with a mean of its own."),
            Field(
                "file", optional: \.file, .text("a path"), example: "requests.csv",
                "CSV with the columns slot, service, model, requests."),
        ] + TraceTable.fields)

    /// The keys that make sense for a kind, beside `kind`.
    static func keys(of kind: WorkloadDraft.Kind) -> Set<String> {
        switch kind {
        case .stationary: ranked
        case .drift: ranked.union(["period"])
        case .bursty: ranked.union(["busy_share", "busy_stays", "busy_begins", "busy_factor", "quiet_factor"])
        case .adversarial: ["requests", "hot_slots", "quiet", "first_share", "second_share"]
        case .diurnal: ["requests", "zipf", "day", "swing", "crowd_chance", "crowd_requests", "crowd_stays"]
        case .mix: ["mix", "busy_share", "busy_stays", "busy_begins", "busy_factor", "quiet_factor"]
        case .file: ["file"]
        case .trace: Set(TraceTable.fields.map(\.name)).union(["requests"])
        }
    }

    private static let ranked: Set = ["requests", "zipf", "size_correlation", "idle_pairs"]

    private static let mix = Section<MixDraft>(
        name: "mix", defaults: MixDraft(),
        fields: [
            Field("service", optional: \.service, .name(of: "a service"), example: "chat", "Who asks."),
            Field("model", optional: \.model, .name(of: "a model"), example: "small", "Who is asked."),
            Field(
                "requests", \.requests, .number(0...1_000_000, "number of requests per slot"), example: 5,
                "The mean, before the factors."),
        ])

    private static func share(
        _ name: String, _ keyPath: any WritableKeyPath<WorkloadDraft, Double> & Sendable, _ summary: String
    ) -> Field<WorkloadDraft> {
        Field(name, keyPath, .number(0...1, "share"), example: 0.3, summary)
    }

    private static func factor(
        _ name: String, _ keyPath: any WritableKeyPath<WorkloadDraft, Double> & Sendable, _ summary: String
    ) -> Field<WorkloadDraft> {
        Field(name, keyPath, .number(0...1_000_000, "factor"), example: 3, summary)
    }
}
