import EmberDocument

/// The keys of a workload that comes from a trace, beside `requests`.
enum TraceTable {
    static let fields: [Field<WorkloadDraft>] = [
        Field(
            "format", optional: \.trace.format, .choice("a format of traces"), example: "azure",
            "How the files are written."),
        Field("files", \.trace.files, files, example: "requests.csv.gz", "The trace: one file, or several."),
        Field(
            "slot_seconds", \.trace.slotSeconds, .number(0.001...1_000_000_000, "number of seconds"), example: 60,
            "How much of the trace is one slot."),
        Field("start", \.trace.start, start, example: "2h", "Where in the trace a run begins."),
        Field(
            "windows", \.trace.windows, .list(of: .integer(1...1_000_000_000, "number of tokens")),
            example: .array([512, 2048]),
            "Requests of a service are told apart by the smallest of these windows that holds their input."),
        Field(
            "clients", optional: \.trace.clients, .integer(1...1_000_000, "number of clients"), example: 15,
            "Of a file of rates, how many of the busiest clients are taken."),
        Field(
            "pairs", \.trace.pairing, .choice("a way to find the pairs"), example: "drawn",
            "Which pairs the requests are for: drawn at random, or named by the trace."),
        Field(
            "max_bad_lines", \.trace.maxBadLines, .integer(0...1_000_000_000, "number of lines"), example: 0,
            "How many bad lines of a file may be skipped."),
    ]

    /// The keys that mean nothing to a format.
    static func meaningless(to format: TraceFormat) -> [String] {
        format.requests == nil ? ["windows"] : ["clients"]
    }

    private static let file = Section<TraceFileDraft>(
        name: "trace file", defaults: TraceFileDraft(),
        fields: [
            Field("file", optional: \.file, .path, example: "requests.csv.gz", "The file, plain or gzip."),
            Field(
                "service", optional: \.service, .name(of: "a service"), example: "chat",
                "Who its requests are from, where the format does not tell."),
        ])

    private static let files = ValueType<[TraceFileDraft]>(
        "a path, or a list of files", schema: .object([:])
    ) { node, site, reading in
        guard node.scalar != nil else { return ValueType.list(of: file).read(node, site, &reading) }
        return ValueType.path.read(node, site, &reading).map { [TraceFileDraft(file: $0)] }
    }

    /// Seconds, or nil for "drawn".
    private static let start = ValueType<Double?>.scalar(
        "a place in the trace", hint: "drawn, or a number and ms, s, m, h or d", schema: .object([:]),
        convert: { text throws(QuantityError) in
            if text == "drawn" { return nil }
            return text == "0" ? 0 : try DurationFormat.parse(text)
        })
}
