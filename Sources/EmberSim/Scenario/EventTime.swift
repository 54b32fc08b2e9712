import EmberCore

/// How long things take where a scenario runs in event time.
public struct EventTime: Sendable {
    /// Seconds that a slot stands for: workloads and costs are stated per slot.
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
    /// By model, as a server has measured; nil: by rates.
    var measured: [Measured]?
    /// Money that may go to the cloud in all: once it is spent, requests stay at the edge. nil: there is no limit.
    var billLimit: Double?

    /// How long things took on a server.
    struct Measured: Sendable {
        let loadSeconds: Double
        let unloadSeconds: Double
        /// Of a request at the edge, by its tokens of prefill and decode, and besides.
        let secondsPerToken: Double
        let secondsPerRequest: Double
        let cloudSeconds: Double
        /// Money that a request in the cloud costs.
        let bill: Double
    }

    /// How fast a model works.
    struct Speed: Sendable {
        /// Tokens a second.
        let prefill: Double
        let decode: Double

        /// Seconds that a request takes once it runs.
        func seconds(input: Int, output: Int) -> Double { Double(input) / prefill + Double(output) / decode }
    }

    func loadSeconds(of model: ModelID, _ spec: ModelSpec) -> Double {
        measured?[model.index].loadSeconds ?? loadSeconds + Double(spec.residentBytes.count) / loadRate
    }

    func unloadSeconds(of model: ModelID) -> Double { measured?[model.index].unloadSeconds ?? 0 }

    /// Seconds that a request takes once it runs at the edge: its own, where a server has served it so.
    func edgeSeconds(of model: ModelID, _ request: Arrival) -> Double {
        if let served = request.served, served.model == model { return served.seconds }
        guard let measured = measured?[model.index] else {
            return models[model.index].seconds(input: request.inputTokens, output: request.outputTokens)
        }
        return measured.secondsPerRequest
            + measured.secondsPerToken * Double(request.inputTokens + request.outputTokens)
    }

    /// Seconds from a request's offloading to the end of its answer, and what it costs.
    func cloud(of model: ModelID, _ request: Arrival) -> (seconds: Double, bill: Double) {
        if let served = request.served, served.model == nil { return (served.seconds, served.bill) }
        guard let measured = measured?[model.index] else {
            return (roundTripSeconds + cloud.seconds(input: request.inputTokens, output: request.outputTokens), 0)
        }
        return (measured.cloudSeconds, measured.bill)
    }
}

extension EventTime {
    /// As a server has measured; its whole run is one slot.
    init(measured: [Measured], seconds: Double, bounds: PlannerSettings) {
        let speed = Speed(prefill: 1, decode: 1)
        self.init(
            slotSeconds: seconds, loadRate: 1, loadSeconds: 0, isOffloadable: true, roundTripSeconds: 0, cloud: speed,
            models: measured.map { _ in speed }, outputTokens: measured.map { _ in 0 }, bounds: bounds,
            measured: measured)
    }

    /// - Parameter weights: nil where costs are as declared.
    init(_ draft: ScenarioDraft, slotSeconds: Double, models: [ScenarioModelDraft], weights: CostWeights?) {
        let events = draft.clock.events
        self.init(
            slotSeconds: slotSeconds, loadRate: Double(events.loadRate), loadSeconds: events.loadSeconds,
            isOffloadable: events.isOffloadable, roundTripSeconds: events.roundTripSeconds,
            cloud: Speed(prefill: events.cloudPrefill, decode: events.cloudDecode),
            models: models.map { Speed(prefill: $0.prefill, decode: $0.decode) },
            outputTokens: models.map(\.outputTokens),
            bounds: Self.bounds(draft, weights))
    }

    private static func bounds(_ draft: ScenarioDraft, _ weights: CostWeights?) -> PlannerSettings {
        var bounds = PlannerSettings(budget: .zero)
        bounds.weights = weights
        bounds.queue = draft.queue
        bounds.prefetchSeconds = draft.edge.memory.prefetchSeconds
        return bounds
    }
}
