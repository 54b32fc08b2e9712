import EmberConfig
import EmberCore
import EmberModels
import Foundation
import Testing

@testable import EmberServer

@Suite struct DeploymentBuilderTests {
    private let files: TestFiles

    init() throws { files = try TestFiles() }

    private var folders: ConfigurationFolders {
        ConfigurationFolders(
            home: files.path, cache: files.path + "/cache", state: files.path + "/state",
            configuration: files.path + "/etc", working: files.path)
    }

    /// - Parameter path: the search path for programs.
    private func builder(_ text: String, path: String = "") throws -> DeploymentBuilder {
        let reader = ConfigurationReader(environment: [:], folders: folders)
        let configuration = try reader.read(text: text, source: "ember.yaml").configuration
        return DeploymentBuilder(
            configuration, folders: folders, environment: ["PATH": path],
            footprints: FootprintKeeper(stateFolder: nil, device: .ram, logger: quietLogger))
    }

    private func deployment(_ text: String) throws -> Deployment { try builder(text).build() }

    /// A configuration's text for one llama-server model of these keys.
    private func llama(_ keys: String) throws -> String {
        let program = try files.write([], to: "bin/llama-server", isProgram: true)
        try files.write(TestFiles.smallModel(), to: "cache/models/small.gguf")
        return "llama_server: \(program)\nmodels: {m: {path: small.gguf\(keys)}}"
    }

    private static let keys = "\nkeys: [{key: k1, name: ann}, {key: k2, name: bob}]"

    @Test func slotsAreSharedWhereThereAreSeveralTenants() throws {
        let shared = try deployment(llama("") + Self.keys).models[0]
        #expect(shared.slots?.isShared == true && !shared.forbidsReuse)
        let own = try deployment(llama("") + Self.keys.replacing("bob", with: "bob, tenant: ann")).models[0]
        #expect(own.slots == nil && !own.forbidsReuse)
    }

    @Test(arguments: [", embeddings: true", ", args: [--reranking]"])
    func whatHasNoSlotsReusesNothingWhereThereAreSeveralTenants(_ keys: String) throws {
        let model = try deployment(llama(keys) + Self.keys).models[0]
        #expect(model.slots == nil && model.forbidsReuse)
        #expect(model.engine?.environment["LLAMA_ARG_CACHE_PROMPT"] == "0")
        let alone = try deployment(llama(keys)).models[0]
        #expect(!alone.forbidsReuse && alone.engine?.environment.isEmpty == true)
        let own = try deployment(llama(keys + ", env: {LLAMA_ARG_CACHE_RAM: \"9\"}") + Self.keys).models[0]
        #expect(own.engine?.environment["LLAMA_ARG_CACHE_RAM"] == "9")
    }

    @Test(arguments: [
        "-np, '8'", "--cache_ram, '9'", "--kv-unified", "--slot-save-path, /tmp", "--spec-type, ngram-mod",
    ])
    func flagsThatBringTenantsTogetherAreRefused(_ flags: String) throws {
        let keys = ", args: [\(flags)]"
        #expect(throws: Never.self) { try deployment(llama(keys)) }
        let error = #expect(throws: DeploymentError.self) { try deployment(llama(keys) + Self.keys) }
        #expect(error?.description.contains("models.m: args: -") == true)
        #expect(error?.description.contains("or give all keys one tenant") == true)
    }

    @Test func commandBecomesAnEngine() throws {
        let deployment = try deployment(
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
        #expect(model.footprintArithmetic == "declared")
        #expect(model.clouds.isEmpty)
        let engine = try #require(model.engine)
        guard case .command(let command) = engine.launch else {
            Issue.record("\(engine.launch)")
            return
        }
        #expect(command == ["python3", "w.py", "${socket}"])
        #expect(engine.name == "worker")
        #expect(engine.healthPath == "/ready")
        #expect(engine.workingDirectory == files.path + "/w")
        #expect(engine.environment == ["A": "1"])
        #expect(engine.startTimeoutSeconds == 7)
        #expect(engine.stopGraceSeconds == 2)
    }

    @Test func llamaServerGetsItsOptionsAndAnEstimate() throws {
        let deployment = try deployment(
            try llama(", context: 1024, parallel: 2, gpu_layers: 3, embeddings: true, args: [--no-mmap], pin: true"))
        let model = deployment.models[0]
        guard case .llamaServer(let options)? = model.engine?.launch else {
            Issue.record("\(String(describing: model.engine))")
            return
        }
        #expect(options.program == files.path + "/bin/llama-server")
        #expect(options.modelPath == files.path + "/cache/models/small.gguf")
        #expect(options.contextTokens == 1024)
        #expect(options.parallel == 2)
        #expect(options.gpuLayers == 3)
        #expect(options.embeddings)
        #expect(options.extraArguments == ["--no-mmap"])
        #expect(model.spec.isPinned)
        #expect(model.spec.windowTokens == 1024)
        let estimate = MemoryEstimate(try GGUFHeader.read(file: options.modelPath), LoadSettings(options))
        #expect(model.spec.residentBytes == Bytes(estimate.hostBytes))
        #expect(model.footprintArithmetic == estimate.description)
    }

    @Test func declaredMemoryOverrulesTheEstimate() throws {
        let model = try deployment(try llama(", memory: 1GiB")).models[0]
        #expect(model.spec.residentBytes == .mebibytes(1024))
        #expect(model.footprintArithmetic == "declared")
    }

    /// The operator's word goes before what is known of the engine; without one, that holds.
    @Test func whatAModelServesMayBeSaid() throws {
        #expect(try deployment(llama(", serves: [completions]")).models[0].abilities.kinds == [.completions])
        let unsaid = try deployment(llama("")).models[0].abilities.kinds
        #expect(unsaid.contains(.chat) && !unsaid.contains(.embeddings))
        let command = "models: {m: {command: [w, \"${port}\"], memory: 1MiB"
        #expect(try deployment(command + "}}").models[0].abilities.kinds == Set(RequestKind.allCases))
        #expect(try deployment(command + ", serves: [embeddings]}}").models[0].abilities.kinds == [.embeddings])
    }

    @Test func remoteAndCloudBecomeTargets() throws {
        let deployment = try deployment(
            """
            upstreams:
              cloudA: {url: "https://api.example.com/v1/", timeout: 1m, hedge: 2s}
            models:
              far: {upstream: cloudA, upstream_model: gpt-4o-mini}
              near: {command: [w, "${port}"], memory: 1MiB, cloud: {upstream: cloudA, model: big}}
              same: {command: [w, "${port}"], memory: 1MiB, cloud: {upstream: cloudA}}
            """)
        let far = deployment.models[0]
        #expect(far.engine == nil)
        #expect(far.spec.placement == .cloud)
        #expect(far.clouds.first?.model == "gpt-4o-mini")
        #expect(far.clouds.first?.upstream.name == "cloudA")
        #expect(far.clouds.first?.upstream.timeoutSeconds == 60)
        #expect(far.clouds.first?.hedgeSeconds == 2)
        #expect(
            far.clouds.first?.upstream.url(path: "/v1/embeddings") == "https://api.example.com/v1/embeddings")
        #expect(deployment.models[1].engine != nil)
        #expect(deployment.models[1].spec.placement == .edge)
        #expect(deployment.models.map { $0.clouds.first?.model } == ["gpt-4o-mini", "big", "same"])
    }

    @Test func servicesAndTheDefaultOneAreFoundByName() throws {
        let deployment = try deployment(
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

    @Test func costsAndAccuracyAreMapped() throws {
        let specs = try deployment(
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

    @Test func plannerGetsItsBounds() throws {
        let settings = try builder(
            """
            memory: {budget: 2GiB}
            queue: {limit: 10, limit_per_model: 5, max_wait: 1s, patience: 2s, gate_wait: 250ms, min_residency: 2.5}
            context: {retention: kept}
            models: {m: {command: [w, "${port}"], memory: 1MiB}}
            """
        ).plannerSettings()
        #expect(settings.budget == .mebibytes(2048))
        #expect(settings.queueLimit == 10)
        #expect(settings.queueLimitPerInstance == 5)
        #expect(settings.maxWaitSeconds == 1)
        #expect(settings.patienceSeconds == 2)
        #expect(settings.gateWaitSeconds == 0.25)
        #expect(settings.residencyPerLoad == 2.5)
        #expect(settings.retention == .kept)
    }

    @Test func missingLlamaServerIsExplained() throws {
        let builder = try builder("models: {m: {path: small.gguf}}", path: "/nowhere/bin:/elsewhere")
        let problem = try #require(try builder.build().models[0].problem)
        for text in [
            "/nowhere/bin/llama-server", "/elsewhere/llama-server",
            files.path + "/cache/engine/llama-server", "llama_server", "EMBER_LLAMA_SERVER", "make setup",
        ] {
            #expect(problem.contains(text), "\(text) in \(problem)")
        }
    }
}

@Suite struct LlamaServerSearchTests {
    private let files: TestFiles

    init() throws { files = try TestFiles() }

    private func search(_ configured: String? = nil, path: String? = nil) -> LlamaServerSearch {
        LlamaServerSearch(
            configured: configured, environment: path.map { ["PATH": $0] } ?? [:], cache: files.path + "/cache")
    }

    @Test func looksOnPathFirstAndInTheCacheLast() throws {
        let cached = try files.write([], to: "cache/engine/llama-server", isProgram: true)
        #expect(search().find() == cached)
        let second = try files.write([], to: "b/llama-server", isProgram: true)
        let path = "\(files.path)/a:\(files.path)/b"
        #expect(search(path: path).find() == second)
        let first = try files.write([], to: "a/llama-server", isProgram: true)
        #expect(search(path: path).find() == first)
        let configured = try files.write([], to: "own/server", isProgram: true)
        #expect(search(configured, path: path).find() == configured)
    }

    /// A wrong path in the configuration is an error to be told, not a reason to run something else.
    @Test func configuredPathIsTheOnlyPlace() throws {
        try files.write([], to: "cache/engine/llama-server", isProgram: true)
        #expect(search("/nowhere/server").find() == nil)
        #expect(search("/nowhere/server").places == ["/nowhere/server"])
    }

    @Test func skipsWhatCannotBeRun() throws {
        try files.write([], to: "a/llama-server")
        let cached = try files.write([], to: "cache/engine/llama-server", isProgram: true)
        #expect(search(path: files.path + "/a").find() == cached)
    }
}
