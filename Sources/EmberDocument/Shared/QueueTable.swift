package import EmberCore

/// The keys of `queue`, by which a server and a scenario say how requests wait.
package enum QueueTable {
    /// Of a server's configuration.
    package static let server = section(
        requests: 1...1_000_000, maxWait: 0.001...86_400, seconds: 0...86_400, residency: 0...1000)

    /// Of a scenario, used in event time.
    package static let scenario = section(
        requests: 0...1_000_000_000, maxWait: 0...DurationFormat.longestSeconds,
        seconds: 0...DurationFormat.longestSeconds, residency: 0...1_000_000)

    private static func section(
        requests: ClosedRange<Int>, maxWait: ClosedRange<Double>, seconds: ClosedRange<Double>,
        residency: ClosedRange<Double>
    ) -> Section<QueueSettings> {
        Section(
            name: "queue", defaults: QueueSettings(), fields: bounds(requests) + waits(maxWait, seconds, residency))
    }

    private static func bounds(_ requests: ClosedRange<Int>) -> [Field<QueueSettings>] {
        [
            Field(
                "limit", \.limit, .integer(requests, "number of requests"), example: 256,
                "Waiting requests in all; more are refused with status 429.", FieldOptions(unit: "requests")
            ),
            Field(
                "limit_per_model", \.limitPerInstance, .integer(requests, "number of requests"), example: 128,
                "Waiting requests of one model; more are refused with status 429.", FieldOptions(unit: "requests")
            ),
        ]
    }

    private static func waits(
        _ maxWait: ClosedRange<Double>, _ seconds: ClosedRange<Double>, _ residency: ClosedRange<Double>
    ) -> [Field<QueueSettings>] {
        [
            Field(
                "max_wait", \.maxWaitSeconds, .duration(maxWait), example: "120s",
                "The longest wait of a request; then it is refused with status 503."
            ),
            Field(
                "patience", \.patienceSeconds, .duration(seconds), example: "5s",
                "The wait after which busy models are drained to make room for a request."
            ),
            Field(
                "gate_wait", \.gateWaitSeconds, .duration(seconds), example: "0s",
                "How long the policy's gate may hold back a request without a cloud: fewer loads, longer waits."
            ),
            Field(
                "min_residency", \.residencyPerLoad, .number(residency, "number"), example: 1.0,
                "A loaded model stays at least this many times as long as its load took.",
                FieldOptions(unit: "load times")
            ),
        ]
    }
}
