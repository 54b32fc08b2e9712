import Testing

@testable import EmberServer

@Suite struct CommandBuilderTests {
    private let source: DeploymentSource

    init() throws { source = try DeploymentSource() }

    @Test func commandBecomesAnEngine() throws {
        let deployment = try source.deployment(
            """
            models:
              worker:
                kind: vision
                aliases: [ocr]
                command: [python3, w.py, "${socket}"]
                workdir: ~/w
                health: /ready
                memory: 300MiB
                parallel: 3
                env: {A: "1"}
                preload: true
                idle_ttl: 10m
                start_timeout: 7s
                stop_timeout: 2s
            """)
        let model = deployment[try #require(deployment.model(named: "ocr"))]
        #expect(model.name == "worker")
        #expect(model.spec.kind == .vision)
        #expect(model.spec.placement == .edge)
        #expect(model.spec.residentBytes == .mebibytes(300))
        #expect(model.spec.parallel == 3)
        #expect(model.spec.idleTTLSeconds == 600)
        #expect(model.isPreloaded)
        #expect(model.footprint.arithmetic.hasSuffix("declared (memory)"))
        #expect(model.clouds.isEmpty)
        let engine = try #require(model.engine)
        guard case .command(let command) = engine.launch else {
            Issue.record("\(engine.launch)")
            return
        }
        #expect(command == ["python3", "w.py", "${socket}"])
        #expect(engine.name == "worker")
        #expect(engine.healthPath == "/ready")
        #expect(engine.workingDirectory == source.files.path + "/w")
        #expect(engine.environment == ["A": "1"])
        #expect(engine.startTimeoutSeconds == 7)
        #expect(engine.stopGraceSeconds == 2)
    }

    @Test(arguments: [true, false])
    func whatCannotBeStartedIsServedWithItsProblem(isMissing: Bool) throws {
        let program = isMissing ? "./none" : try source.files.write([], to: "bin/w", isProgram: true)
        let model = try source.deployment(
            "models: {m: {command: [\(program), \"${port}\"], memory: 1MiB, workdir: \(source.files.path)}}"
        ).models[0]
        #expect((model.problem != nil) == isMissing, "\(model.problem ?? "")")
        #expect(model.origin.source?.files.isEmpty == false)
    }
}
