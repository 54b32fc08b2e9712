import EmberCore
import EmberDocument
import Testing

@testable import EmberConfig

/// Every key once, each with a value that is not its default.
let everything = """
    listen: "[::1]:8080"
    allow_unauthenticated: true
    allowed_hosts: [ember.lan, "*.example.org"]
    cors: {origins: [desktop, "https://chat.example.org", "http://localhost:*"]}
    connections: {limit: 100, limit_per_address: 10, header_timeout: 3s, body_timeout: 4s, idle_timeout: 5s}
    llama_server: /opt/llama-server
    models_dir: /models
    max_body: 1MiB
    max_body_of: {chat: 2MiB, completions: 3MiB, embeddings: 4MiB, responses: 5MiB, messages: 6MiB, rerank: 7MiB}
    bodies: {limit: 100MiB, per_tenant: 50MiB}
    drain_timeout: 1m
    ping_interval: 7s
    policy: lru
    seed: 18446744073709551615
    memory: {budget: 8GiB, device: gpu, gpu_budgets: [80%, 6GiB, 0], prefetch: 9s}
    queue:
      limit: 10
      limit_per_model: 5
      max_wait: 1s
      patience: 2s
      gate_wait: 0s
      min_residency: 2.5
    budget: {day: 2, month: 20}
    upstream_order: cheapest
    weights: {waiting: 2, loading: 3, offloading: 4, money: 50}
    energy: {budget: 3000, window: 30s, price: 0.001, source: rapl}
    events: {record: true, decisions: true, limit: 1MiB}
    log: {format: json, access: true}
    metrics: {enabled: false, tenants: true, keys: true}
    context:
      retention: kept
      embedding_model: worker
      entries_per_service: 500
      store_limit: 2GiB
      state_limit: 0
      write_limit: 5GiB
      answer_reserve: 700
      state_dir: kv
      keep: 2h
    services:
      translate:
        vanishing: 0.5
        demonstration: 50
        local_only: true
        deadline: 20s
        stand_ins: [worker, remote]
        budget: {day: 0.5}
        context: learn
        selection: nearest
        examples: 16
        min_quality: 0.25
        learn_from: [cloud]
        keep: unlimited
      summarise:
    default_service: translate
    keys:
      - {key: "${env.EMBER_KEY}", name: alice, service: summarise, tenant: home, keep: none}
      - key_file: keys/bob
    upstreams:
      cloudA: {url: "https://api.example.com/v1/", key: "${env.CLOUD_KEY}", timeout: 1m, hedge: 3s, proxy: "http://me:pw@proxy.example:3128", ca_file: keys/ca.pem, prices: {input: 0.15, output: 0.6, max_tokens: 100, max_input_tokens: 1000}}
      cloudB: {url: "https://b.example.com/v1", key_file: keys/b}
    defaults:
      idle_ttl: 10m
      costs: {load: 7, token: 3}
    models:
      a/b:1.0:
        kind: vision
        aliases: [gpt-3.5-turbo, other]
        serves: [chat, embeddings]
        path: a.gguf
        mmproj: p.gguf
        context: 8192
        gpu_layers: 12
        prompt_cache: 64MiB
        embeddings: true
        matryoshka: true
        args: ["--no-mmap", "-1"]
        parallel: 8
        env: {A: "1", B: 2, C: "${port}"}
        memory: 1GiB
        cloud: {upstream: cloudA, model: big}
        fallbacks: [{upstream: cloudB}]
        pin: true
        preload: true
        gpus: [1, 0]
        gpu_split: [3, 1]
        start_timeout: 1s
        stop_timeout: 2s
        costs: {load: 1, cloud: 2, transmission: 4, joules: 0.5}
        accuracy: {table: [[0, 0.5], [4, 0.75]], weight: 9}
      worker:
        command: [python3, w.py, "${socket}"]
        workdir: ~/w
        health: /ready
        memory: 300MiB
        idle_ttl: never
        accuracy: {zero_shot: 0.4, gain: 0.07, alpha: 2}
      remote:
        upstream: cloudB
        upstream_model: gpt-4o-mini
      tuned:
        lora: tuned.gguf
        base: a/b:1.0
        scale: 0.5
      talker: {path: t.gguf, context: 2048, pool: 6144, costs: {load: 7}}
    """

@Suite struct EverythingTests {
    private let reader = TestReader(
        environment: ["EMBER_KEY": "alice-key", "CLOUD_KEY": "cloud-key"],
        files: [
            "/etc/ember/keys/bob": "  bob-key \r\nsecond line", "/etc/ember/keys/b": "b-key",
            "/etc/ember/keys/ca.pem": "text\n-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
        ]
    )

    /// So that no key is left out of the tests below.
    @Test func usesEveryKeyOfTheTable() {
        for name in Self.names(ServerTable.section.description) {
            #expect(everything.contains("\(name):"), "\(name) is missing in the file of everything")
        }
    }

    private static func names(_ section: SectionDescription) -> Set<String> {
        section.fields.reduce(into: []) { names, field in
            names.insert(field.name)
            names.formUnion(field.nested.map { EverythingTests.names($0.section) } ?? [])
        }
    }

    @Test func readsTheServersKeys() throws {
        let configuration = try reader.read(everything).configuration
        #expect(configuration.network.listen == .tcp(host: "::1", port: 8080))
        #expect(configuration.network.allowsUnauthenticated)
        #expect(configuration.network.allowedHosts.map(\.text) == ["ember.lan", "*.example.org"])
        let origins = configuration.network.cors.origins.map(\.text)
        #expect(origins == ["desktop", "https://chat.example.org", "http://localhost:*"])
        let connections = configuration.network.connections
        #expect(connections.limit == 100 && connections.limitPerAddress == 10)
        #expect(connections.headerSeconds == 3 && connections.bodySeconds == 4)
        #expect(connections.idleSeconds == 5)
        #expect(configuration.files.llamaServer == "/opt/llama-server")
        #expect(configuration.files.modelsFolder == "/models")
        #expect(configuration.bodies.maxBytes == 1_048_576)
        let maxima = configuration.bodies.maxima.byPath
        #expect(maxima["/v1/chat/completions"] == 2 << 20 && maxima["/v1/completions"] == 3 << 20)
        #expect(maxima["/v1/embeddings"] == 4 << 20 && maxima["/v1/responses"] == 5 << 20)
        #expect(maxima["/v1/messages"] == 6 << 20 && maxima["/v1/messages/count_tokens"] == 6 << 20)
        #expect(maxima["/v1/rerank"] == 7 << 20 && configuration.bodies.largestBytes == 7 << 20)
        let inFlight = configuration.bodies.inFlight
        #expect(inFlight.limitBytes == 100 << 20 && inFlight.perTenantBytes == 50 << 20)
        #expect(configuration.network.drainTimeoutSeconds == 60)
        #expect(configuration.network.pingIntervalSeconds == 7)
        #expect(configuration.planning.policy == "lru")
        #expect(configuration.planning.seed == .max)
        #expect(configuration.planning.memory.budget == .bytes(8_589_934_592))
        #expect(configuration.planning.memory.device == .gpu)
        #expect(configuration.planning.memory.gpuBudgets == [.share(0.8), .bytes(6 << 30), .bytes(0)])
        #expect(configuration.cloud.budget.day == 2 && configuration.cloud.budget.month == 20)
        #expect(configuration.access.services[1].isLocalOnly && configuration.access.services[1].budget.day == 0.5)
        #expect(
            configuration.cloud.upstreams[0].prices.output == 0.6
                && configuration.cloud.upstreams[0].prices.maxTokens == 100)
        #expect(configuration.cloud.upstreams[0].prices.maxInputTokens == 1000)
        #expect(configuration.cloud.order == .cheapest)
        #expect(configuration.planning.weights.waitingSecond == 2 && configuration.planning.weights.loadingSecond == 3)
        #expect(configuration.planning.weights.offloading == 4 && configuration.planning.weights.money == 50)
        #expect(configuration.planning.energy.budgetJoules == 3000 && configuration.planning.energy.windowSeconds == 30)
        #expect(configuration.planning.energy.price == 0.001 && configuration.planning.energy.source == .rapl)
        #expect(configuration.planning.memory.prefetchSeconds == 9)
        #expect(configuration.access.services[1].deadlineSeconds == 20)
        #expect(configuration.access.services[1].standIns == ["worker", "remote"])
        #expect(configuration.events.isRecorded && configuration.events.logsDecisions)
        #expect(configuration.events.limitBytes == 1 << 20)
        #expect(configuration.log.format == .json && configuration.log.hasAccess)
        #expect(!configuration.metrics.isOn && configuration.metrics.byTenant && configuration.metrics.byKey)
        #expect(configuration.context.retention == .kept)
        #expect(configuration.context.embeddingModel == "worker")
        #expect(configuration.context.entriesPerService == 500)
        #expect(configuration.context.storeBytes == 2 << 30 && configuration.context.stateBytes == 0)
        #expect(configuration.context.writeBytes == 5 << 30)
        #expect(configuration.context.stateFolder == "/etc/ember/kv")
        #expect(configuration.context.keep == StateKeep(seconds: 7200))
        #expect(configuration.access.services.map(\.keep) == [nil, .unlimited, nil])
        #expect(configuration.access.keys.map(\.keep) == [StateKeep.none, nil])
        #expect(configuration.access.defaultService == "translate")
    }

    @Test func readsTheQueue() throws {
        let queue = try reader.read(everything).configuration.planning.queue
        #expect(queue.limit == 10)
        #expect(queue.limitPerInstance == 5)
        #expect(queue.maxWaitSeconds == 1)
        #expect(queue.patienceSeconds == 2)
        #expect(queue.gateWaitSeconds == 0)
        #expect(queue.residencyPerLoad == 2.5)
    }

    @Test func readsServicesInOrderWithTheDefaultOne() throws {
        let services = try reader.read(everything).configuration.access.services
        #expect(services.map(\.name) == ["default", "translate", "summarise"])
        #expect(services.map(\.vanishingPerSecond) == [0.01, 0.5, 0.01])
        #expect(services.map(\.demonstrationTokens) == [100, 50, 100])
    }

    @Test func readsKeysAndUpstreams() throws {
        let configuration = try reader.read(everything).configuration
        #expect(configuration.access.keys.map(\.key.revealed) == ["alice-key", "bob-key"])
        #expect(configuration.access.keys.map(\.name) == ["alice", "key-2"])
        #expect(configuration.access.keys.map(\.service) == ["summarise", nil])
        #expect(configuration.cloud.upstreams.map(\.name) == ["cloudA", "cloudB"])
        #expect(configuration.cloud.upstreams.map(\.url) == ["https://api.example.com/v1", "https://b.example.com/v1"])
        #expect(configuration.cloud.upstreams.map(\.key?.revealed) == ["cloud-key", "b-key"])
        #expect(configuration.cloud.upstreams.map(\.timeoutSeconds) == [60, 300])
        #expect(configuration.cloud.upstreams.map(\.hedgeSeconds) == [3, nil])
        #expect(configuration.cloud.upstreams.map { $0.proxy?.revealed } == ["http://me:pw@proxy.example:3128", nil])
        #expect(configuration.cloud.upstreams.map(\.certificateFile) == ["/etc/ember/keys/ca.pem", nil])
    }

    @Test func readsAPool() throws {
        let configuration = try reader.read(everything).configuration
        guard case .llamaServer(let talker) = configuration.models[4].engine else {
            Issue.record("the talker has a path")
            return
        }
        #expect(talker.contextTokens == 2048 && talker.poolTokens == 6144)
        #expect(configuration.context.answerTokens == 700)
    }

    @Test func readsAModelOfLlamaServer() throws {
        let model = try reader.read(everything).configuration.models[0]
        #expect(model.name == "a/b:1.0")
        #expect(model.kind == .vision)
        #expect(model.aliases == ["gpt-3.5-turbo", "other"])
        #expect(model.serves == [.chat, .embeddings])
        let settings = LlamaServerSettings(
            path: "/models/a.gguf", projectorPath: "/models/p.gguf", contextTokens: 8192, poolTokens: nil,
            gpuLayers: 12, promptCacheBytes: 67_108_864, givesEmbeddings: true, isMatryoshka: true,
            arguments: ["--no-mmap", "-1"]
        )
        #expect(model.engine == .llamaServer(settings))
        #expect(model.parallel == 8)
        #expect(model.process.environment == ["A": "1", "B": "2", "C": "${port}"])
        #expect(model.memoryBytes == 1_073_741_824)
        #expect(model.offload.cloud == CloudOffload(upstream: "cloudA", model: "big"))
        #expect(model.offload.fallbacks == [CloudOffload(upstream: "cloudB", model: "a/b:1.0")])
        #expect(model.residency.isPinned)
        #expect(model.residency.isPreloaded)
        #expect(model.residency.gpus == [1, 0] && model.residency.gpuSplit == [3, 1])
        #expect(model.residency.idleTTLSeconds == nil, "a pinned model needs no idle time of the defaults")
        #expect(model.process.startTimeoutSeconds == 1)
        #expect(model.process.stopTimeoutSeconds == 2)
    }

    @Test func readsCostsKeyByKeyFromTheDefaults() throws {
        let models = try reader.read(everything).configuration.models
        #expect(models.map(\.costs.load) == [1, 7, 7, 7, 7])
        #expect(models.map(\.costs.cloud) == [2, nil, nil, nil, nil])
        #expect(models.map(\.costs.transmission) == [4, nil, nil, nil, nil])
        #expect(models.map(\.costs.token) == [3, 3, 3, 3, 3])
        #expect(models.map(\.costs.joules) == [0.5, nil, nil, nil, nil])
    }

    @Test func readsAccuracies() throws {
        let models = try reader.read(everything).configuration.models
        let points = [AccuracyPoint(examples: 0, accuracy: 0.5), AccuracyPoint(examples: 4, accuracy: 0.75)]
        #expect(models[0].accuracy == AccuracyDeclaration(curve: .table(points), weight: 9))
        #expect(models[1].accuracy?.curve == .bounded(zeroShot: 0.4, gain: 0.07, alpha: 2))
        #expect(models[2].accuracy == nil)
    }

    @Test func readsCommandsAndRemoteModels() throws {
        let models = try reader.read(everything).configuration.models
        let command = CommandSettings(
            command: ["python3", "w.py", "${socket}"], workingFolder: "/home/eva/w", healthPath: "/ready"
        )
        #expect(models[1].engine == .command(command))
        #expect(models[1].residency.idleTTLSeconds == nil)
        #expect(models[2].engine == .remote(RemoteSettings(upstream: "cloudB", model: "gpt-4o-mini")))
        let adapter = AdapterSettings(path: "/models/tuned.gguf", base: "a/b:1.0", scale: 0.5)
        #expect(models[3].engine == .adapter(adapter))
    }
}

@Suite struct DefaultsTests {
    @Test func threeLinesSuffice() throws {
        let reading = try TestReader().read(ConfigurationExample.minimal)
        let configuration = reading.configuration
        #expect(reading.warnings.isEmpty)
        #expect(configuration.network.listen == .tcp(host: "127.0.0.1", port: 11_500))
        #expect(!configuration.network.allowsUnauthenticated)
        #expect(configuration.files.llamaServer == nil)
        #expect(configuration.files.modelsFolder == "/cache/models")
        #expect(configuration.bodies.maxBytes == 33_554_432 && configuration.bodies.maxima.byPath.isEmpty)
        #expect(configuration.bodies.inFlight == BodiesConfiguration())
        #expect(configuration.network.drainTimeoutSeconds == 30)
        #expect(configuration.planning.policy == "least-context-gated")
        #expect(configuration.planning.seed == 1)
        #expect(configuration.planning.memory.budget == .share(0.6))
        #expect(configuration.planning.memory.device == .ram)
        #expect(configuration.context == ContextConfiguration())
        #expect(!configuration.usesDemonstrations && configuration.access.tenants == [""])
        #expect(configuration.access.services == [ServiceConfiguration()])
        #expect(configuration.access.defaultService == "default")
        #expect(configuration.access.keys.isEmpty && configuration.cloud.upstreams.isEmpty)
    }

    @Test func theQueueHasTheDocumentedDefaults() throws {
        let queue = try TestReader().read(oneModel).configuration.planning.queue
        #expect((queue.limit, queue.limitPerInstance) == (256, 128))
        #expect((queue.maxWaitSeconds, queue.patienceSeconds) == (120, 5))
        #expect((queue.gateWaitSeconds, queue.residencyPerLoad) == (0, 1))
    }

    @Test func aModelHasTheDocumentedDefaults() throws {
        let model = try TestReader().read(oneModel).configuration.models[0]
        let settings = LlamaServerSettings(
            path: "/cache/models/m.gguf", projectorPath: nil, contextTokens: 4096, poolTokens: nil,
            gpuLayers: 0, promptCacheBytes: 0, givesEmbeddings: false, isMatryoshka: false, arguments: []
        )
        let expected = ModelConfiguration(
            name: "m", kind: .language, serves: [], aliases: [], engine: .llamaServer(settings), parallel: 4,
            memoryBytes: nil, process: ProcessConfiguration(), offload: OffloadConfiguration(),
            residency: ResidencyConfiguration(), costs: CostDeclaration(), accuracy: nil
        )
        #expect(model == expected)
        #expect(model.process.environment.isEmpty)
        #expect((model.process.startTimeoutSeconds, model.process.stopTimeoutSeconds) == (120, 10))
        #expect(model.offload.targets.isEmpty)
        #expect(!model.residency.isPinned && !model.residency.isPreloaded && model.residency.idleTTLSeconds == nil)
    }

    @Test func defaultsMayComeAfterModelsAndGiveTheEngine() throws {
        let text = """
            models: {a: , b: {path: b.gguf, context: 1}}
            defaults: {upstream: u, parallel: 2, context: 9}
            upstreams: {u: {url: "https://u.example.com/v1"}}
            """
        let models = try TestReader().read(text).configuration.models
        #expect(models[0].engine == .remote(RemoteSettings(upstream: "u", model: "a")))
        guard case .llamaServer(let b) = models[1].engine else {
            Testing.Issue.record("the model's own engine must win over that of defaults")
            return
        }
        #expect(b.contextTokens == 1)
        #expect(models[1].parallel == 2)
    }

    @Test func remoteModelsTakeNoDefaultsOfLocalOnes() throws {
        let text = """
            models: {a: {upstream: u}, b: {path: b}}
            defaults: {pin: true, preload: true, memory: 1GB, accuracy: {zero_shot: 0.5}}
            upstreams: {u: {url: "https://u.example.com/v1"}}
            """
        let models = try TestReader().read(text).configuration.models
        #expect(models.map(\.residency.isPinned) == [false, true])
        #expect(models.map(\.residency.isPreloaded) == [false, true])
        #expect(models.map(\.memoryBytes) == [nil, 1_000_000_000])
        #expect(models.map { $0.accuracy == nil } == [false, false])
    }

    @Test func aProjectorMakesAModelMultimodal() throws {
        let models = try TestReader().read("models: {a: {path: a.gguf, mmproj: p.gguf}}").configuration.models
        #expect(models[0].kind == .multimodal)
    }

    @Test func cloudsModelIsByDefaultItsName() throws {
        let text = "models: {a: {path: a, cloud: {upstream: u}}}\nupstreams: {u: {url: \"https://u/v1\"}}\n"
        let model = try TestReader().read(text).configuration.models[0]
        #expect(model.offload.cloud == CloudOffload(upstream: "u", model: "a"))
    }
}
