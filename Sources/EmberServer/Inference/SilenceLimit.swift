import EmberSystem

/// An upstream has said nothing for longer than it may.
struct UpstreamSilence: Error, CustomStringConvertible {
    let seconds: Double

    var description: String { "it was silent for \(seconds) s (upstreams.NAME.timeout)" }
}

/// Waits for what an upstream sends, for at most `seconds`; then it reads no more of it.
///
/// - Throws: `UpstreamSilence` when the time is over.
func withSilenceLimit<Value: Sendable>(
    _ seconds: Double, by time: TimeSource, _ listen: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    guard let value = try await time.within(.seconds(seconds), listen) else {
        try Task.checkCancellation()
        throw UpstreamSilence(seconds: seconds)
    }
    return value
}
