import Logging

/// Generous, for slow and busy machines: a test that passes needs a fraction of it.
let patienceSeconds: Double = 120

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Polls what has no event to await; false when it has not happened within `patienceSeconds`.
func eventually(_ condition: @Sendable () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now.advanced(by: .seconds(patienceSeconds))
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}

/// The value of an operation that might never end; nil when it has not within `patienceSeconds`.
func value<Value: Sendable>(
    of operation: @escaping @Sendable () async -> Value
) async -> Value? {
    let result = Later<Value>()
    Task { result.fulfil(await operation()) }
    _ = await eventually { result.valueIfKnown != nil }
    return result.valueIfKnown
}
