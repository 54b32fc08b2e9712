import EmberCore
import EmberDocument

/// What a scenario says of a trace.
struct TraceSource: Sendable {
    /// All of one format.
    var files: [TraceFile]
    let slotSeconds: Double
    /// Where the run begins in the trace; nil: at a slot drawn by the seed.
    let startSeconds: Double?
    let windows: [Int]
    let clients: Int?
    let pairing: TracePairing
    let requestsPerSlot: Double?
    let maxBadLines: Int
    /// Whether requests are kept one by one, for event time.
    var keepsRequests = false

    /// Requests that are kept, at 24 bytes each.
    private static let mostKept = 50_000_000

    /// Reads the trace. O(lines) time; memory for its slots, whatever their requests, unless `keepsRequests`.
    func read(_ catalogue: Catalogue) throws(ScenarioError) -> (workload: TraceWorkload, notes: [String]) {
        let isRates = files.first?.format.requests == nil
        var recorded: [RecordedRequest] = []
        let (volumes, keys, notes) = try isRates ? rates(catalogue) : requests(catalogue, &recorded)
        let name = files.map(\.path).joined(separator: ", ")
        guard !volumes.slots.isEmpty else {
            throw ScenarioError(Place(source: name), "has no requests; use a trace that has some")
        }
        let workload = TraceWorkload(
            volumes: volumes, start: startSeconds.map { Int($0 / slotSeconds) },
            pairs: try pairing == .named ? named(keys, catalogue) : nil, requestsPerSlot: requestsPerSlot,
            slotSeconds: slotSeconds, recorded: recorded)
        return (workload, notes)
    }

    private func requests(
        _ catalogue: Catalogue, _ recorded: inout [RecordedRequest]
    ) throws(ScenarioError) -> (TraceVolumes, [StreamKey], notes: [String]) {
        let trace = try TraceMerge(files, maxBadLines: maxBadLines)
        var table = StreamTable(windows: windows)
        var volumes = TraceVolumes()
        while let request = try trace.next() {
            let stream = table.index(of: request)
            guard stream < catalogue.pairCount else {
                throw ScenarioError(
                    Place(source: trace.source),
                    "has more streams than the scenario's \(catalogue.pairCount) (service, model) pairs: a service's "
                        + "requests of one model and window are one; use fewer windows, or more models")
            }
            let slot = try slot(Double(request.nanoseconds) / 1e9, trace.source)
            volumes.add(1, dispersion: nil, stream: stream, slot: slot)
            guard keepsRequests else { continue }
            guard recorded.count < Self.mostKept else {
                throw ScenarioError(
                    Place(source: trace.source),
                    "has more than the \(Self.mostKept) requests that event time keeps; use a shorter trace")
            }
            recorded.append(
                RecordedRequest(
                    nanoseconds: request.nanoseconds, stream: Int32(stream),
                    inputTokens: Int32(request.inputTokens), outputTokens: Int32(request.outputTokens)))
        }
        return (volumes, table.keys, trace.notes)
    }

    /// The busiest clients of the first file; a window's requests go evenly to the slots that it covers.
    private func rates(
        _ catalogue: Catalogue
    ) throws(ScenarioError) -> (TraceVolumes, [StreamKey], notes: [String]) {
        let path = files[0].path
        var badLines = BadLines(source: path, limit: maxBadLines)
        let all = try ServeGenRates.clients(path, &badLines)
        var volumes = TraceVolumes()
        for (stream, client) in all.prefix(min(clients ?? .max, catalogue.pairCount)).enumerated() {
            for window in client.windows where window.rate > 0 {
                for slot in (try slot(window.begin, path))...(try slot(window.end.nextDown, path)) {
                    let begin = max(window.begin, Double(slot) * slotSeconds)
                    let end = min(window.end, Double(slot + 1) * slotSeconds)
                    guard end > begin else { continue }
                    volumes.add(
                        window.rate * (end - begin), dispersion: window.variation * window.variation, stream: stream,
                        slot: slot)
                }
            }
        }
        return (volumes, [], badLines.note.map { [$0] } ?? [])
    }

    private func slot(_ seconds: Double, _ source: String) throws(ScenarioError) -> Int {
        let slot = (seconds / slotSeconds).rounded(.down)
        guard slot < Double(TraceVolumes.mostSlots) else {
            throw ScenarioError(
                Place(source: source),
                "is longer than \(TraceVolumes.mostSlots) slots of \(slotSeconds) s; lengthen slots or shorten it"
            )
        }
        return Int(slot)
    }

    /// The pairs that the trace itself names.
    private func named(_ keys: [StreamKey], _ catalogue: Catalogue) throws(ScenarioError) -> [PairID] {
        var pairs: [PairID] = []
        for key in keys {
            guard let service = catalogue.services.firstIndex(where: { $0.name == key.service }),
                let model = catalogue.models.firstIndex(where: { $0.name == key.model })
            else {
                let asked = "service \(Quotation.of(key.service)), model \(Quotation.of(key.model))"
                throw ScenarioError(
                    Place(source: files.map(\.path).joined(separator: ", ")),
                    "has requests of \(asked), which the scenario has not; name them as it does, or write pairs: drawn")
            }
            pairs.append(catalogue.pair(ServiceID(service), ModelID(model)))
        }
        return pairs
    }
}

/// How the streams of a trace become requests of (service, model) pairs.
enum TracePairing: String, Sendable, CaseIterable {
    /// At random.
    case drawn
    /// As the trace names them.
    case named
}
