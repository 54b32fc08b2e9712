import Foundation

/// What a trace has, service by service, as rows for people.
public struct TraceSummary: Sendable {
    public let columns: [String]
    public let rows: [[String]]
    /// Bad lines that were skipped.
    public let notes: [String]

    /// Reads one file of rates, or several of requests. Memory does not grow with their length.
    public static func read(_ files: [TraceFile], maxBadLines: Int) throws(ScenarioError) -> TraceSummary {
        if let rates = files.first(where: { $0.format.requests == nil }) {
            guard files.count == 1 else { throw rates.isNoRequests }
            return try read(rates: rates.path, maxBadLines: maxBadLines)
        }
        let trace = try TraceMerge(files, maxBadLines: maxBadLines)
        var services: [String: RequestTally] = [:]
        var all = RequestTally()
        while let request = try trace.next() {
            services[request.service ?? "", default: RequestTally()].add(request)
            all.add(request)
        }
        let rows = services.sorted { $0.key < $1.key }.map { $1.row($0) }
        return TraceSummary(
            columns: RequestTally.columns, rows: rows + (rows.count > 1 ? [all.row("all")] : []), notes: trace.notes)
    }

    private static func read(rates path: String, maxBadLines: Int) throws(ScenarioError) -> TraceSummary {
        var badLines = BadLines(source: path, limit: maxBadLines)
        let clients = try ServeGenRates.clients(path, &badLines)
        var models: [String: RateTally] = [:]
        for client in clients { models[client.model, default: RateTally()].add(client) }
        return TraceSummary(
            columns: RateTally.columns, rows: models.sorted { $0.key < $1.key }.map { $1.row($0) },
            notes: badLines.note.map { [$0] } ?? [])
    }
}

/// The requests of one service.
private struct RequestTally {
    private var requests = 0
    private var first = Int.max
    private var last = Int.min
    private var input = QuantileCounts()
    private var output = QuantileCounts()

    static let columns =
        ["SERVICE", "REQUESTS", "FIRST s", "LAST s", "PER s"]
        + ["INPUT", "OUTPUT"].flatMap { side in ["\(side) 50%", "90%", "99%", "MAX"] }

    mutating func add(_ request: TraceRequest) {
        requests += 1
        first = min(first, request.nanoseconds)
        last = max(last, request.nanoseconds)
        input.add(request.inputTokens)
        output.add(request.outputTokens)
    }

    func row(_ service: String) -> [String] {
        let span = Double(last - first) / 1e9
        let rate = span > 0 ? String(format: "%.3f", Double(requests) / span) : ""
        let tokens = [input, output].flatMap { side in
            [0.5, 0.9, 0.99].map { String(side.quantile($0)) } + [String(side.largest)]
        }
        return [service, String(requests), decimal(first), decimal(last), rate] + tokens
    }

    private func decimal(_ nanoseconds: Int) -> String { String(format: "%.3f", Double(nanoseconds) / 1e9) }
}

/// The rates of one model.
private struct RateTally {
    private var clients = 0
    private var windows = 0
    private var requests = 0.0
    private var end = 0.0
    private var busiest = 0.0

    static let columns = ["MODEL", "CLIENTS", "WINDOWS", "REQUESTS", "UNTIL s", "PER s", "BUSIEST CLIENT PER s"]

    mutating func add(_ client: RateClient) {
        clients += 1
        windows += client.windows.count
        requests += client.requests
        end = max(end, client.windows.map(\.end).max() ?? 0)
        busiest = max(busiest, client.requests)
    }

    func row(_ model: String) -> [String] {
        let figures = [requests / end, busiest / end].map { String(format: "%.3f", $0) }
        return [model, String(clients), String(windows), String(format: "%.0f", requests), String(format: "%.0f", end)]
            + figures
    }
}
