/// Turns traces of any format into lines of the plain CSV, one at a time.
public struct TraceConverter {
    private enum Requests {
        case read(TraceMerge)
        case drawn(RateRequests, BadLines)
    }

    private var requests: Requests
    private let span: Range<Double>
    private var hasBegun = false

    /// - Parameters:
    ///   - files: several of requests, or one of rates.
    ///   - span: what of the trace is converted, in seconds since it began.
    public init(
        _ files: [TraceFile], maxBadLines: Int, seed: UInt64, span: Range<Double>
    ) throws(ScenarioError) {
        self.span = span
        guard let rates = files.first(where: { $0.format.requests == nil }) else {
            requests = .read(try TraceMerge(files, maxBadLines: maxBadLines))
            return
        }
        guard files.count == 1 else { throw rates.isNoRequests }
        var badLines = BadLines(source: rates.path, limit: maxBadLines)
        let clients = try ServeGenRates.clients(rates.path, &badLines)
        requests = .drawn(RateRequests(clients, seed: seed), badLines)
    }

    /// The header, then a request a line; nil after the last.
    public mutating func nextLine() throws(ScenarioError) -> String? {
        guard hasBegun else {
            hasBegun = true
            return PlainTrace.firstLine
        }
        while let request = try nextRequest() {
            let seconds = Double(request.nanoseconds) / 1e9
            guard seconds < span.upperBound else { return nil }
            if seconds >= span.lowerBound { return PlainTrace.line(request) }
        }
        return nil
    }

    /// What was skipped.
    public var notes: [String] {
        switch requests {
        case .read(let trace): trace.notes
        case .drawn(_, let badLines): badLines.note.map { [$0] } ?? []
        }
    }

    private mutating func nextRequest() throws(ScenarioError) -> TraceRequest? {
        switch requests {
        case .read(let trace): return try trace.next()
        case .drawn(var drawn, let badLines):
            defer { requests = .drawn(drawn, badLines) }
            return drawn.next(in: span)
        }
    }
}
