import EmberCore
import Testing

@testable import EmberServer

@Suite struct DeploymentBuilderTests {
    private let source: DeploymentSource

    init() throws { source = try DeploymentSource() }

    /// The operator's word goes before what is known of the engine; without one, that holds.
    @Test func whatAModelServesMayBeSaid() throws {
        #expect(
            try source.deployment(source.llama(", serves: [completions]")).models[0].abilities.kinds == [.completions])
        let unsaid = try source.deployment(source.llama("")).models[0].abilities.kinds
        #expect(unsaid.contains(.chat) && !unsaid.contains(.embeddings))
        let command = "models: {m: {command: [w, \"${port}\"], memory: 1MiB"
        #expect(try source.deployment(command + "}}").models[0].abilities.kinds == Set(RequestKind.allCases))
        #expect(try source.deployment(command + ", serves: [embeddings]}}").models[0].abilities.kinds == [.embeddings])
    }

    @Test func plannerGetsItsBounds() throws {
        let settings = try source.builder(
            """
            memory: {budget: 2GiB}
            queue: {limit: 10, limit_per_model: 5, max_wait: 1s, patience: 2s, gate_wait: 250ms, min_residency: 2.5}
            context: {retention: kept}
            models: {m: {command: [w, "${port}"], memory: 1MiB}}
            """
        ).plannerSettings()
        #expect(settings.budget == .mebibytes(2048))
        #expect(settings.queue.limit == 10)
        #expect(settings.queue.limitPerInstance == 5)
        #expect(settings.queue.maxWaitSeconds == 1)
        #expect(settings.queue.patienceSeconds == 2)
        #expect(settings.queue.gateWaitSeconds == 0.25)
        #expect(settings.queue.residencyPerLoad == 2.5)
        #expect(settings.retention == .kept)
    }
}
