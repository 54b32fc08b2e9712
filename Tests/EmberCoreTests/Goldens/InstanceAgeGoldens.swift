import EmberCore
import Testing

/// An instance's Age of Context: its services' kappa, weighted by their recent shares of its requests.
@Suite struct InstanceAgeGoldens {
    private func script(_ sharing: Sharing) throws -> Script {
        let models = [ModelSpec(name: "shared", residentBytes: Bytes(10), parallel: 8)]
        let services = [
            ServiceSpec(name: "often", vanishing: 0.1), ServiceSpec(name: "seldom", vanishing: 0.2),
        ]
        let catalogue = Catalogue(models: models, services: services, sharing: sharing)
        return try Script("least-context", catalogue, PlannerSettings(budget: Bytes(100)))
    }

    @Test func sharesWeightTheServices() throws {
        var script = try script(.instances)
        script.load(0, 0)
        #expect(script.edge.ageOfContext(of: instance(0)) == 0)
        script.serve(0, 0, service: 0, times: 3)
        script.serve(0, 0, service: 1, times: 1)
        // kappa 3 and 1, shares 3 : 1, so (3 x 3 + 1 x 1) / 4.
        #expect(script.edge.ageOfContext(of: instance(0)) == 2.5)
        script.at(10, .tick)
        // kappa 3 - 10 x 0.1 = 2 and max(0, 1 - 10 x 0.2) = 0; the shares have faded alike: (3 x 2 + 0) / 4.
        #expect(abs(script.edge.ageOfContext(of: instance(0)) - 1.5) < 1e-12)
    }

    @Test func oldRequestsWeighHalfAfterTenMinutes() throws {
        var script = try script(.instances)
        script.load(0, 0)
        script.serve(0, 0, service: 0, times: 3)
        script.serve(0, 0, service: 1, times: 1)
        script.serve(600, 0, service: 1, times: 1)
        // Shares 3/2 and 1/2 + 1, kappa 0 (faded away) and 1: 1.5 x 1 / 3.
        #expect(abs(script.edge.ageOfContext(of: instance(0)) - 0.5) < 1e-12)
    }

    @Test func pairsHaveTheirOwnInstances() throws {
        var script = try script(.pairs)
        script.load(0, 0)
        script.load(0, 1)
        script.serve(0, 0, service: 0, times: 3)
        script.serve(0, 0, service: 1, times: 1)
        #expect(script.edge.ageOfContext(of: instance(0)) == 3)
        #expect(script.edge.ageOfContext(of: instance(1)) == 1)
    }
}
