import EmberCore

/// How long things take where a scenario runs in event time.
public struct EventTime: Sendable {
    /// Seconds that a slot stands for: workloads are stated, and costs are told, per slot.
    let slotSeconds: Double
    /// Bytes that a load brings into memory in a second.
    let loadRate: Double
    /// Seconds of a load besides its bytes.
    let loadSeconds: Double
    /// Whether the cloud may take requests.
    let isOffloadable: Bool
    /// Seconds to the cloud and back.
    let roundTripSeconds: Double
    let cloud: Speed
    /// By model.
    let models: [Speed]
    /// By model: of a typical request's tokens, those that are generated.
    let outputTokens: [Int]
    let bounds: Bounds

    /// How fast a model works.
    struct Speed: Sendable {
        /// Tokens a second.
        let prefill: Double
        let decode: Double

        /// Seconds that a request takes once it runs.
        func seconds(input: Int, output: Int) -> Double { Double(input) / prefill + Double(output) / decode }
    }

    /// The planner's bounds, as a server's configuration has them.
    struct Bounds: Sendable {
        var queueLimit: Int
        var queueLimitPerInstance: Int
        var maxWaitSeconds: Double
        var patienceSeconds: Double
        var gateWaitSeconds: Double
        var residencyPerLoad: Double
    }

    func loadSeconds(of model: ModelSpec) -> Double { loadSeconds + Double(model.residentBytes.count) / loadRate }
}

extension PlannerSettings {
    mutating func take(_ bounds: EventTime.Bounds) {
        queueLimit = bounds.queueLimit
        queueLimitPerInstance = bounds.queueLimitPerInstance
        maxWaitSeconds = bounds.maxWaitSeconds
        patienceSeconds = bounds.patienceSeconds
        gateWaitSeconds = bounds.gateWaitSeconds
        residencyPerLoad = bounds.residencyPerLoad
    }
}

extension EventTime {
    init(_ draft: EventDraft, slotSeconds: Double, models: [ModelDraft]) {
        self.init(
            slotSeconds: slotSeconds, loadRate: Double(draft.loadRate), loadSeconds: draft.loadSeconds,
            isOffloadable: draft.isOffloadable, roundTripSeconds: draft.roundTripSeconds,
            cloud: Speed(prefill: draft.cloudPrefill, decode: draft.cloudDecode),
            models: models.map { Speed(prefill: $0.prefill, decode: $0.decode) },
            outputTokens: models.map(\.outputTokens),
            bounds: Bounds(
                queueLimit: draft.queue, queueLimitPerInstance: draft.queuePerModel,
                maxWaitSeconds: draft.maxWaitSeconds, patienceSeconds: draft.patienceSeconds,
                gateWaitSeconds: draft.gateWaitSeconds, residencyPerLoad: draft.residencyPerLoad))
    }
}
