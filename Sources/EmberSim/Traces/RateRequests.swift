import EmberCore

/// Requests drawn from rates, in the order of time: in each window as many as `StreamVolume.draw` says for a share of
/// 1, at instants drawn evenly. Memory is that of the rates and of one window's requests.
struct RateRequests {
    private let clients: [RateClient]
    /// Windows that are not drawn yet, the latest first.
    private var windows: [(begin: Double, client: Int, index: Int)]
    /// Requests of the window under way, the latest first.
    private var drawn: [TraceRequest] = []
    private var lots: SeededGenerator

    init(_ clients: [RateClient], seed: UInt64) {
        self.clients = clients
        lots = Purpose.requests.generator(seed: seed)
        windows = clients.enumerated().flatMap { client, rates in
            rates.windows.enumerated().map { (begin: $1.begin, client: client, index: $0) }
        }
        windows.sort { ($0.begin, $0.client, $0.index) > ($1.begin, $1.client, $1.index) }
    }

    /// The next request that begins in the span, in seconds.
    mutating func next(in span: Range<Double>) -> TraceRequest? {
        while drawn.isEmpty, let begin = windows.last?.begin, begin < span.upperBound {
            while let window = windows.last, window.begin == begin {
                windows.removeLast()
                draw(clients[window.client], window.index)
            }
            drawn.sort { $0.nanoseconds > $1.nanoseconds }
        }
        return drawn.popLast()
    }

    private mutating func draw(_ client: RateClient, _ index: Int) {
        let window = client.windows[index]
        let volume = StreamVolume(
            stream: 0, requests: window.rate * ServeGenRates.windowSeconds,
            dispersion: window.variation * window.variation)
        for _ in 0..<volume.draw(share: 1, &lots) {
            let seconds = window.begin + lots.nextUnit() * ServeGenRates.windowSeconds
            drawn.append(
                TraceRequest(
                    nanoseconds: TraceRequest.nanoseconds(seconds), service: client.name, model: client.model,
                    inputTokens: 0, outputTokens: 0))
        }
    }
}
