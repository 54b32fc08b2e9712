/// An upstream has said nothing for longer than it may.
struct UpstreamSilence: Error, CustomStringConvertible {
    let seconds: Double

    var description: String { "it was silent for \(seconds) s (upstreams.NAME.timeout)" }
}

/// Waits for what an upstream sends, for at most `seconds`; then it reads no more of it.
///
/// - Throws: `UpstreamSilence` when the time is over.
func withSilenceLimit<Value: Sendable>(
    _ seconds: Double, _ listen: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: listen)
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            throw UpstreamSilence(seconds: seconds)
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
