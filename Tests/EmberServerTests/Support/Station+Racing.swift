import EmberCore
import Testing

@testable import EmberServer

extension Station {
    /// With a model "m" that is resident, and dearer than its upstream, which is asked first.
    static func racing(_ sky: EngineServer, _ edge: EngineServer, hedgeAfter seconds: Double?) async throws -> Station {
        var target = CloudTarget.at(sky.url + "/v1")
        target.hedgeSeconds = seconds
        var model = edgeModel("m", cloud: target)
        model.spec.typicalTokens = 10
        model.spec.costs.inferencePerToken = 1
        model.spec.costs.cloudPerRequest = 0
        let station = try Station([model], policy: "cloud", engineURL: edge.url) { $0.weights = CostWeights() }
        await station.coordinator.load(station.id("m"))
        #expect(await station.becomes(.loaded, "m"))
        return station
    }
}
