import EmberDocument

/// ServeGen's rates: for each client, window of ten minutes by window, requests a second and how irregularly they come.
///
/// Source: github.com/alibaba/ServeGen, Xiang et al., "ServeGen", NSDI 2026, packed into one file (docs/traces.md).
/// `pattern`, `p1` and `p2`, the fitted law of the times between requests, are checked but not used: `cv` says enough
/// for counts.
enum ServeGenRates {
    static let windowSeconds = 600.0
    private static let header = "category,model,client,t_s,rate_rps,cv,pattern,p1,p2"
    /// Windows of all clients together; the published file has a quarter of a million.
    private static let mostWindows = 10_000_000

    /// The clients, the busiest first; of equally busy ones the one that the file names first. O(windows) memory.
    static func clients(_ path: String, _ badLines: inout BadLines) throws(ScenarioError) -> [RateClient] {
        let lines = try LineReader(path)
        try lines.expect(header)
        var clients: [RateClient] = []
        var indices: [String: Int] = [:]
        var windows = 0
        while let line = try lines.next() {
            guard !line.text.isEmpty else { continue }
            do throws(BadLine) {
                let (name, window) = try window(line.text)
                let index = indices[name] ?? clients.count
                if index == clients.count {
                    indices[name] = index
                    clients.append(RateClient(name: name, model: String(name.split(separator: "/")[1])))
                }
                clients[index].windows.append(window)
                windows += 1
            } catch {
                try badLines.skip(error, line: line.number)
            }
            guard windows <= mostWindows else {
                throw ScenarioError(Place(source: path), "has more than \(mostWindows) windows; use a shorter file")
            }
        }
        return clients.enumerated().sorted { ($1.element.requests, $0.offset) < ($0.element.requests, $1.offset) }
            .map(\.element)
    }

    private static func window(_ line: String) throws(BadLine) -> (client: String, RateWindow) {
        let fields = try CSVFields(line, header: header)
        let name = [
            try fields.name(0, of: "a category"), try fields.name(1, of: "a model"), try fields.name(2, of: "a client"),
        ].joined(separator: "/")
        guard ["Gamma", "Weibull", "Exponential"].contains(fields[6]) else {
            throw fields.bad(6, "is no law of arrivals; write Gamma, Weibull or Exponential")
        }
        for index in 7...8 { _ = try fields.number(index, "parameter of the law of arrivals", in: 0...1e12) }
        return (
            name,
            RateWindow(
                begin: try fields.number(3, "time in seconds", in: 0...TraceRequest.latestSeconds),
                rate: try fields.number(4, "rate in requests a second", in: 0...1e6),
                variation: try fields.number(5, "coefficient of variation", in: 0...1e6))
        )
    }
}

/// One client's rates.
struct RateClient {
    /// Category, model and client, as in "language/m-large/0".
    let name: String
    /// The model that it asks.
    let model: String
    var windows: [RateWindow] = []

    /// The requests that all windows stand for.
    var requests: Double { windows.reduce(0) { $0 + $1.rate } * ServeGenRates.windowSeconds }
}

/// Ten minutes of a client.
struct RateWindow {
    /// Seconds since the trace began.
    let begin: Double
    /// Requests a second.
    let rate: Double
    /// The coefficient of variation of the times between requests: 1 for a Poisson process.
    let variation: Double

    var end: Double { begin + ServeGenRates.windowSeconds }
}
