import EmberCore

/// What makes two requests of a trace the same pair's.
struct StreamKey: Hashable, Sendable {
    let service: String
    let model: String
    /// Which of `TraceSource.windows` the input needs: 0 for the smallest, their count for more than the largest.
    let window: Int
}

/// The streams met so far, numbered as they first appear.
struct StreamTable: Sendable {
    /// Upper ends of the classes of input tokens, rising.
    let windows: [Int]
    private(set) var keys: [StreamKey] = []
    private var indices: [StreamKey: Int] = [:]

    init(windows: [Int]) { self.windows = windows }

    func key(of request: TraceRequest) -> StreamKey {
        StreamKey(
            service: request.service ?? "", model: request.model ?? "",
            window: windows.firstIndex { request.inputTokens <= $0 } ?? windows.count)
    }

    /// The stream's number, the next one if it is new.
    mutating func index(of request: TraceRequest) -> Int {
        let key = key(of: request)
        if let index = indices[key] { return index }
        indices[key] = keys.count
        keys.append(key)
        return keys.count - 1
    }
}
