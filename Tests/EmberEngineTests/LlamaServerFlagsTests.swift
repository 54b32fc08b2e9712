import Testing

@testable import EmberEngine
@testable import EmberModels

/// Flags that change memory or address are understood, or refused by name.
@Suite struct LlamaServerFlagsTests {
    private func problem(_ arguments: [String], declared: Bool = false, _ variables: [String: String] = [:]) -> String?
    {
        LlamaServerFlags(arguments, variables: variables).problem(isMemoryDeclared: declared)
    }

    private func settings(
        _ arguments: [String], embeddings: Bool = false, _ variables: [String: String] = [:]
    ) -> LoadSettings {
        LoadSettings(
            LlamaServerOptions(
                program: "", modelPath: "m.gguf", contextTokens: 4096, parallel: 4, embeddings: embeddings,
                extraArguments: arguments), variables: variables)
    }

    @Test(arguments: [
        ["--host", "0.0.0.0"], ["--port", "80"], ["--port=80"], ["--api-key", "k"], ["--api_prefix", "/x"],
        ["--ssl-key-file", "k"], ["-m", "other.gguf"], ["--hf-repo", "a/b"], ["--models-dir", "d"],
    ])
    func whatEmberCouldNotWorkWithIsRefused(_ arguments: [String]) {
        let name = arguments[0].prefix { $0 != "=" }.replacing("_", with: "-")
        #expect(problem(arguments)?.contains(name) == true)
        #expect(problem(arguments, declared: true)?.contains(name) == true)
    }

    @Test(arguments: [
        ["-md", "draft.gguf"], ["--spec-draft-model", "d.gguf"], ["--mmproj", "p.gguf"], ["--lora", "a.gguf"],
        ["-ot", "x=CPU"], ["--n-cpu-moe", "4"], ["--override-kv", "a=int:1"], ["-c", "0"], ["-c"], ["-ub", "many"],
        ["-cram", "-1"], ["-ctk", "q9"], ["-fa", "off"], ["-ngl", "auto"], ["-np", "-1"],
    ])
    func whatIsNotCountedNeedsADeclaredMemory(_ arguments: [String]) {
        let message = problem(arguments)
        #expect(message?.contains(arguments[0]) == true && message?.contains("memory:") == true)
        #expect(problem(arguments, declared: true) == nil)
    }

    @Test(arguments: [
        [], ["--threads", "4"], ["--jinja"], ["-fa", "on"], ["--no-warmup"], ["--slot-save-path", "/tmp"],
        ["-c", "8192", "-ctk", "q8_0"],
    ])
    func othersPass(_ arguments: [String]) { #expect(problem(arguments) == nil) }

    @Test func whatIsUnderstoodIsCounted() {
        let changed = settings([
            "--ctx_size", "8192", "-np", "2", "-ngl", "7", "-ctk", "q8_0", "--cache-type-v", "q4_0", "-cram", "100",
            "--swa-checkpoints", "1", "-ub", "256", "--no-mmap", "-kvu", "--swa-full",
        ])
        #expect(changed.contextTokens == 8192 && changed.parallelSlots == 2 && changed.gpuLayers == 7)
        #expect(changed.cache.keyType.name == "Q8_0" && changed.cache.valueType.name == "Q4_0")
        #expect(changed.promptCacheBytes == 100 << 20 && changed.contextCheckpoints == 1)
        #expect(changed.microBatchTokens == 256 && !changed.memoryMapped && changed.cache.isUnified)
        #expect(changed.cache.keepsFullWindows)
        // The last one counts, as for llama-server.
        #expect(settings(["-c", "1024", "-c", "512"]).contextTokens == 512)
        #expect(settings(["-b", "64"]).graphTokens == 64)
        #expect(settings(["-lm", "none"]).memoryMapped == false)
    }

    @Test func windowAndPoolFollowFromFlags() {
        #expect(settings([]).requestWindow == 4096 && settings([]).poolTokens == 4096)
        let split = settings(["--no-kv-unified"])
        #expect(split.requestWindow == 1024 && split.poolTokens == nil)
        let bounded = settings(["-c", "8192", "--kv-unified-per-slot", "3000"])
        #expect(bounded.requestWindow == 3000 && bounded.poolTokens == 8192)
        #expect(problem(["--kv-unified-per-slot", "many"])?.contains("--kv-unified-per-slot") == true)
        let embeds = settings([], embeddings: true)
        #expect(embeds.requestWindow == 4096 && embeds.poolTokens == nil && embeds.contextTokens == 16384)
    }

    @Test func variablesSayTheSame() {
        #expect(settings([], ["LLAMA_ARG_UBATCH": "128"]).microBatchTokens == 128)
        #expect(settings(["-ub", "64"], ["LLAMA_ARG_UBATCH": "128"]).microBatchTokens == 64)
        // Ember says these itself.
        #expect(settings([], ["LLAMA_ARG_CTX_SIZE": "9"]).contextTokens == 4096)
        #expect(settings([], embeddings: true, ["LLAMA_ARG_UBATCH": "64"]).microBatchTokens == 4096)
        #expect(problem([], ["LLAMA_ARG_SPEC_DRAFT_MODEL": "d.gguf"])?.contains("LLAMA_ARG_SPEC_DRAFT_MODEL") == true)
        #expect(problem([], declared: true, ["LLAMA_API_KEY": "k"])?.contains("LLAMA_API_KEY") == true)
    }

    /// Where there are several GPUs, Ember chooses.
    @Test func aChoiceOfGPUIsFound() {
        func choice(_ arguments: [String], _ variables: [String: String] = [:]) -> String? {
            LlamaServerFlags.choiceOfGPU(arguments, variables: variables)
        }
        #expect(choice(["--no-mmap", "--tensor_split", "3,1"]) == "args: --tensor-split")
        #expect(choice(["-sm", "none"]) == "args: -sm none" && choice(["-sm"]) == "args: -sm ")
        #expect(choice(["-sm", "row"]) == nil && choice(["--threads", "4"]) == nil)
        #expect(choice([], ["LLAMA_ARG_MAIN_GPU": "1"]) == "env: LLAMA_ARG_MAIN_GPU")
    }

    /// What `inspect` shows by default is what `serve` counts by default.
    @Test func checkpointsAreThoseThatEmberStartsWith() {
        #expect(settings([]).contextCheckpoints == LlamaServerOptions.contextCheckpoints)
    }
}
