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
    /// The planner's, as a server's configuration has them; budget and context are the scenario's.
    let bounds: PlannerSettings

    /// How fast a model works.
    struct Speed: Sendable {
        /// Tokens a second.
        let prefill: Double
        let decode: Double

        /// Seconds that a request takes once it runs.
        func seconds(input: Int, output: Int) -> Double { Double(input) / prefill + Double(output) / decode }
    }

    func loadSeconds(of model: ModelSpec) -> Double { loadSeconds + Double(model.residentBytes.count) / loadRate }
}

extension EventTime {
    init(_ draft: EventDraft, slotSeconds: Double, models: [ModelDraft]) {
        var bounds = PlannerSettings(budget: .zero)
        bounds.queueLimit = draft.queue
        bounds.queueLimitPerInstance = draft.queuePerModel
        bounds.maxWaitSeconds = draft.maxWaitSeconds
        bounds.patienceSeconds = draft.patienceSeconds
        bounds.gateWaitSeconds = draft.gateWaitSeconds
        bounds.residencyPerLoad = draft.residencyPerLoad
        self.init(
            slotSeconds: slotSeconds, loadRate: Double(draft.loadRate), loadSeconds: draft.loadSeconds,
            isOffloadable: draft.isOffloadable, roundTripSeconds: draft.roundTripSeconds,
            cloud: Speed(prefill: draft.cloudPrefill, decode: draft.cloudDecode),
            models: models.map { Speed(prefill: $0.prefill, decode: $0.decode) },
            outputTokens: models.map(\.outputTokens), bounds: bounds)
    }
}
