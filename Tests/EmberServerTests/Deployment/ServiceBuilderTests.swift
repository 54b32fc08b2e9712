import Testing

@testable import EmberServer

@Suite struct ServiceBuilderTests {
    private let source: DeploymentSource

    init() throws { source = try DeploymentSource() }

    @Test func servicesAndTheDefaultOneAreFoundByName() throws {
        let deployment = try source.deployment(
            """
            services:
              translate: {vanishing: 0.5, demonstration: 50}
            default_service: translate
            models: {m: {command: [w, "${port}"], memory: 1MiB}}
            """)
        #expect(deployment.catalogue.services.map(\.name) == ["default", "translate"])
        #expect(deployment.service(named: "translate") == deployment.defaultService)
        #expect(deployment.catalogue[deployment.defaultService].vanishing == 0.5)
        #expect(deployment.catalogue[deployment.defaultService].demonstrationTokens == 50)
    }

    @Test func whatServicesMaySpendIsBounded() throws {
        let configuration = try source.configuration(
            """
            services: {a: {deadline: 3s, context: given, examples: 5}, b: {}}
            models: {m: {command: [w, "${port}"], memory: 1MiB}}
            """)
        let builder = ServiceBuilder(configuration, ModelPlaces(configuration))
        #expect(builder.specs.map(\.name) == ["default", "a", "b"])
        #expect(builder.deadlines == [nil, 3, nil])
        #expect(builder.contexts[1].source == .given && builder.contexts[1].examples == 5)
        #expect(builder.contexts[2].source == .off && builder.embeddingProblem == nil)
    }
}
