import EmberCore
import EmberModels
import Testing

@testable import EmberServer

@Suite struct LlamaServerBuilderTests {
    private let source: DeploymentSource

    init() throws { source = try DeploymentSource() }

    private static let keys = "\nkeys: [{key: k1, name: ann}, {key: k2, name: bob}]"

    @Test func slotsAreSharedWhereThereAreSeveralTenants() throws {
        let shared = try source.deployment(source.llama("") + Self.keys).models[0]
        #expect(shared.slots?.isShared == true && !shared.edits.forbidsReuse)
        let own = try source.deployment(source.llama("") + Self.keys.replacing("bob", with: "bob, tenant: ann")).models[
            0]
        #expect(own.slots?.isShared == false && !own.edits.forbidsReuse)
    }

    @Test(arguments: [", embeddings: true", ", args: [--reranking]"])
    func whatHasNoSlotsReusesNothingWhereThereAreSeveralTenants(_ keys: String) throws {
        let model = try source.deployment(source.llama(keys) + Self.keys).models[0]
        #expect(model.slots == nil && model.edits.forbidsReuse)
        #expect(model.engine?.environment["LLAMA_ARG_CACHE_PROMPT"] == "0")
        let alone = try source.deployment(source.llama(keys)).models[0]
        #expect(!alone.edits.forbidsReuse && alone.engine?.environment.isEmpty == true)
        let own = try source.deployment(source.llama(keys + ", env: {LLAMA_ARG_CACHE_RAM: \"9\"}") + Self.keys).models[
            0]
        #expect(own.engine?.environment["LLAMA_ARG_CACHE_RAM"] == "9")
    }

    @Test(arguments: [
        "-np, '8'", "--cache_ram, '9'", "--cache-idle-slots", "--slot-save-path, /tmp", "--spec-type, ngram-mod",
    ])
    func flagsThatBringTenantsTogetherAreRefused(_ flags: String) throws {
        let keys = ", args: [\(flags)]"
        #expect(throws: Never.self) { try source.deployment(source.llama(keys)) }
        let error = #expect(throws: DeploymentError.self) { try source.deployment(source.llama(keys) + Self.keys) }
        #expect(error?.description.contains("models.m: args: -") == true)
        #expect(error?.description.contains("or give all keys one tenant") == true)
    }

    @Test func llamaServerGetsItsOptionsAndAnEstimate() throws {
        let deployment = try source.deployment(
            try source.llama(
                ", context: 1024, parallel: 2, gpu_layers: 3, embeddings: true, args: [--no-mmap], pin: true"))
        let model = deployment.models[0]
        guard case .llamaServer(let options)? = model.engine?.launch else {
            Issue.record("\(String(describing: model.engine))")
            return
        }
        #expect(options.program == source.files.path + "/bin/llama-server")
        #expect(options.modelPath == source.files.path + "/cache/models/small.gguf")
        #expect(options.contextTokens == 1024)
        #expect(options.parallel == 2)
        #expect(options.gpuLayers == 3)
        #expect(options.embeddings)
        #expect(options.extraArguments == ["--no-mmap"])
        #expect(model.spec.isPinned)
        #expect(model.spec.windowTokens == 1024)
        let estimate = MemoryEstimate(try GGUFHeader.read(file: options.modelPath), LoadSettings(options))
        #expect(model.spec.residentBytes == Bytes(estimate.hostBytes))
        #expect(model.footprint.arithmetic == estimate.description)
    }

    @Test func declaredMemoryOverrulesTheEstimate() throws {
        let model = try source.deployment(try source.llama(", memory: 1GiB")).models[0]
        #expect(model.spec.residentBytes == .mebibytes(1024))
        #expect(model.footprint.arithmetic.hasSuffix("declared (memory)"))
    }

    @Test func missingLlamaServerIsExplained() throws {
        let builder = try source.builder("models: {m: {path: small.gguf}}", path: "/nowhere/bin:/elsewhere")
        let problem = try #require(try builder.build().models[0].problem)
        for text in [
            "/nowhere/bin/llama-server", "/elsewhere/llama-server",
            source.files.path + "/cache/engine/llama-server", "llama_server", "EMBER_LLAMA_SERVER", "make setup",
        ] {
            #expect(problem.contains(text), "\(text) in \(problem)")
        }
    }
}
