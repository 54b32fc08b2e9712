import EmberCore
import Testing

@testable import EmberServer

/// What Ember must know of requests before they run.
@Suite struct DeploymentTests {
    @Test func slotsOfStandInsCountAsWell() {
        var small = edgeModel("small")
        small.slots = SlotLayout(count: 1, windowTokens: 100, identity: "00")
        let services = [
            ServiceSpec(name: "default"), ServiceSpec(name: "frugal", standIns: [ModelID(1)]),
            ServiceSpec(name: "given"),
        ]
        var given = ServiceContext()
        given.source = .given
        let deployment = Deployment(
            models: [edgeModel("big"), small, edgeModel("other")], services: services,
            contexts: [ServiceContext(), ServiceContext(), given])
        let pairs = (0..<3).map { service in (0..<3).map { deployment.hasSlots(ServiceID(service), ModelID($0)) } }
        #expect(pairs == [[false, true, false], [true, true, true], [false, true, false]])
        let needed = (0..<3).map { service in
            (0..<3).map { deployment.needsPrompts(of: ServiceID(service), for: ModelID($0)) }
        }
        #expect(needed == [[false, true, false], [true, true, true], [true, true, true]])
    }
}
