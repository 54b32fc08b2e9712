public import EmberCore

/// How often a model is asked, and what a request of it takes.
public struct PlanRate: Sendable {
    public var service: ServiceID
    public var model: ModelID
    public var requestsPerHour: Double
    /// Of a request.
    public var inputTokens: Int
    public var outputTokens: Int

    public init(
        service: ServiceID, model: ModelID, requestsPerHour: Double, inputTokens: Int, outputTokens: Int
    ) {
        (self.service, self.model, self.requestsPerHour) = (service, model, requestsPerHour)
        (self.inputTokens, self.outputTokens) = (inputTokens, outputTokens)
    }
}

/// How fast a model is, where nothing has been measured, and what the cloud takes for it.
public struct PlanSpeed: Sendable {
    public var loadSeconds: Double
    public var prefillTokensPerSecond: Double
    public var decodeTokensPerSecond: Double
    /// nil: no upstream has the model.
    public var cloudSeconds: Double?
    /// Money for a million tokens in the cloud.
    public var inputPrice = 0.0
    public var outputPrice = 0.0

    public init(
        loadSeconds: Double, prefillTokensPerSecond: Double, decodeTokensPerSecond: Double, cloudSeconds: Double? = nil
    ) {
        (self.loadSeconds, self.cloudSeconds) = (loadSeconds, cloudSeconds)
        (self.prefillTokensPerSecond, self.decodeTokensPerSecond) = (prefillTokensPerSecond, decodeTokensPerSecond)
    }

    fileprivate func measured(_ rate: PlanRate?) -> EventTime.Measured {
        let (input, output) = (Double(rate?.inputTokens ?? 0), Double(rate?.outputTokens ?? 0))
        return EventTime.Measured(
            loadSeconds: loadSeconds, unloadSeconds: 0, secondsPerToken: 0,
            secondsPerRequest: input / prefillTokensPerSecond + output / decodeTokensPerSecond,
            cloudSeconds: cloudSeconds ?? 0, bill: (input * inputPrice + output * outputPrice) / 1_000_000)
    }
}

extension PlanWork {
    /// Requests at stated rates, evenly over the hours (a Poisson process).
    ///
    /// - Parameters:
    ///   - rates: at most one a model and service; the first of a model says how long its requests are.
    ///   - speeds: by model.
    ///   - seed: of the draw; the same seed gives the same requests.
    public init(
        _ rates: [PlanRate], speeds: [PlanSpeed], catalogue: Catalogue, policy: String, settings: PlannerSettings,
        hours: Double, seed: UInt64
    ) {
        (source, self.catalogue, self.policy, self.settings) = (.rates, catalogue, policy, settings)
        seconds = hours * 3600
        news = []
        measured = speeds.enumerated().map { index, speed in
            speed.measured(rates.first { $0.model.index == index })
        }
        var lots = Purpose.requests.generator(seed: seed)
        var drawn: [Arrival] = []
        for rate in rates {
            let pair = catalogue.pair(rate.service, rate.model)
            for _ in 0..<lots.poisson(rate.requestsPerHour * hours) {
                let time = Time(seconds: lots.nextUnit() * seconds)
                drawn.append(
                    Arrival(
                        time: time, pair: pair, inputTokens: rate.inputTokens, outputTokens: rate.outputTokens,
                        isOffloadable: speeds[rate.model.index].cloudSeconds != nil))
            }
        }
        arrivals = drawn.sorted { ($0.time, $0.pair) < ($1.time, $1.pair) }
    }
}
