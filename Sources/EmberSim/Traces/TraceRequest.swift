/// One request of a trace.
struct TraceRequest: Hashable {
    /// Nanoseconds on the trace's own clock, whole so that converting loses nothing.
    var nanoseconds: Int
    /// Who asks; nil where the trace's format does not say.
    var service: String?
    /// Who is asked; nil where the trace does not say.
    var model: String?
    var inputTokens: Int
    var outputTokens: Int

    static let tokenRange = 0...1_000_000_000
    /// 100 years.
    static let latestSeconds = 3_155_760_000.0

    static func nanoseconds(_ seconds: Double) -> Int { Int((seconds * 1e9).rounded()) }
}
