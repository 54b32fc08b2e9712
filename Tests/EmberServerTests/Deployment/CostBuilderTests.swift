import EmberCore
import Testing

@testable import EmberServer

@Suite struct CostBuilderTests {
    private let source: DeploymentSource

    init() throws { source = try DeploymentSource() }

    @Test func costsAndAccuracyAreMapped() throws {
        let specs = try source.deployment(
            """
            defaults: {command: [w, "${port}"], memory: 1MiB}
            models:
              priced:
                costs: {load: 3, cloud: 0.5, transmission: 0.25, token: 0.125, joules: 0.5}
                accuracy: {table: [[0, 0.5], [4, 0.75]], weight: 9}
              bounded: {accuracy: {zero_shot: 0.4, gain: 0.07, alpha: 2}}
              bare: {}
            """
        ).models.map(\.spec)
        #expect(
            specs[0].costs
                == CostRates(
                    load: .constant(3), cloudPerRequest: 0.5, transmissionPerRequest: 0.25, inferencePerToken: 0.125,
                    wrongAnswer: 9, joulesPerToken: 0.5))
        #expect(
            specs[0].accuracy
                == .measured([AccuracyPoint(examples: 0, accuracy: 0.5), AccuracyPoint(examples: 4, accuracy: 0.75)]))
        #expect(specs[1].accuracy == .boundedLog(zeroShot: 0.4, gain: 0.07, alpha: 2))
        #expect(specs[2].accuracy == .constant(1))
        #expect(specs[0].measured.isEmpty)
        #expect(specs[2].measured == [.load, .inference, .absence, .energy])
        #expect(specs[2].costs.cloudPerRequest == specs[2].costOfAbsence)
    }
}
