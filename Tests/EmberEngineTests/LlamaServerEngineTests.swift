import Foundation
import Testing

@testable import EmberEngine

@Suite struct LlamaServerEngineTests {
    @Test func everyOptionBecomesAFlagAndFurtherArgumentsComeLast() {
        let options = LlamaServerOptions(
            program: "llama-server", modelPath: "/m/a.gguf", mmproj: "/m/p.gguf", contextTokens: 2048, parallel: 3,
            gpuLayers: 5, promptCacheBytes: 64 << 20, embeddings: true, extraArguments: ["--threads", "2"])
        let arguments = options.arguments(model: "tiny", socketPath: "/run/e.sock")
        let pairs = [
            "--model": "/m/a.gguf", "--mmproj": "/m/p.gguf", "--host": "/run/e.sock", "--ctx-size": "6144",
            "--parallel": "3", "--n-gpu-layers": "5", "--cache-ram": "64", "--alias": "tiny",
        ]
        for (flag, value) in pairs {
            let index = arguments.firstIndex(of: flag)
            #expect(index.map { arguments[$0 + 1] } == value, "\(flag)")
        }
        #expect(arguments.contains("--embeddings"))
        #expect(arguments.suffix(2) == ["--threads", "2"])
    }

    @Test func allSlotsShareOnePoolOfWhichARequestHasItsContext() {
        func arguments(_ pool: Int?) -> String {
            LlamaServerOptions(
                program: "", modelPath: "m.gguf", contextTokens: 4096, poolTokens: pool, parallel: 2, slotFolder: "/kv"
            ).arguments(model: "tiny", socketPath: "/run/e.sock").joined(separator: " ")
        }
        #expect(arguments(nil).contains("--ctx-size 4096 --parallel 2"))
        #expect(arguments(nil).hasSuffix("--kv-unified --slot-save-path /kv --no-cache-idle-slots"))
        #expect(arguments(6144).contains("--ctx-size 6144 --parallel 2"))
        #expect(arguments(6144).contains("--kv-unified --kv-unified-per-slot 4096"))
    }

    @Test(arguments: ["--embeddings", "--rerank"])
    func inputsThatLeaveNothingBehindHaveAWindowEach(_ flag: String) {
        let options = LlamaServerOptions(
            program: "", modelPath: "m.gguf", contextTokens: 512, parallel: 3, extraArguments: [flag])
        let arguments = options.arguments(model: "tiny", socketPath: "/run/e.sock").joined(separator: " ")
        #expect(arguments.contains("--ctx-size 1536 --parallel 3") && arguments.contains("--no-kv-unified"))
        #expect(options.cacheTokens == 1536 && options.keepsNothing)
    }

    @Test func whatIsNotAskedForIsNotPassed() {
        let arguments = LlamaServerOptions(program: "llama-server", modelPath: "/m/a.gguf")
            .arguments(model: "tiny", socketPath: "/run/e.sock")
        #expect(!arguments.contains("--embeddings") && !arguments.contains("--mmproj"))
    }

    @Test(.enabled(if: Cache.hasLlamaServer && Cache.hasModel, "needs llama-server and SmolLM2 in Ember's cache"))
    func aRealModelLoadsServesAndEnds() async throws {
        let engine = try await start(model: Cache.model).get()
        #expect(await HealthProbe(address: engine.address, path: "/v1/models").ask(timeoutSeconds: 5) == .healthy)
        #expect(await HealthProbe(address: engine.address, path: "/slots").ask(timeoutSeconds: 5) == .healthy)
        await engine.stop()
        let exit = await engine.exited()
        #expect(exit.kind == .stopped)
        #expect(exit.reason.code == 0)
    }

    @Test(.enabled(if: Cache.hasLlamaServer, "needs llama-server in Ember's cache"))
    func aBrokenModelFileEndsItsOwnEngineAlone() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("broken-\(UUID()).gguf")
        try Data("GGUF but not really".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        guard case .failure(let error) = await start(model: file.path) else {
            Issue.record("a broken model was loaded")
            return
        }
        guard case .endedWhileStarting(let reason) = error.problem else { throw error }
        #expect(reason.code != 0)
        #expect(error.lastLines.contains { $0.contains("failed to load model") })
    }

    private func start(model: String) async -> Result<RunningEngine, EngineError> {
        let options = LlamaServerOptions(
            program: Cache.llamaServer, modelPath: model, contextTokens: 512, parallel: 2)
        do throws(EngineError) {
            return .success(
                try await StandInServer.engine(EngineSpec(name: "tiny", launch: .llamaServer(options))).start())
        } catch {
            return .failure(error)
        }
    }
}

/// The parts of Ember's cache folder that a test may use if they exist.
private enum Cache {
    static let llamaServer = folder + "/engine/llama-server"
    static let model = folder + "/models/SmolLM2-135M-Instruct-Q4_1.gguf"
    static let hasLlamaServer = FileManager.default.isExecutableFile(atPath: llamaServer)
    static let hasModel = FileManager.default.fileExists(atPath: model)

    private static let folder: String = {
        let environment = ProcessInfo.processInfo.environment
        if let given = environment["EMBER_CACHE"] { return given }
        #if os(macOS)
            return NSHomeDirectory() + "/Library/Caches/ember"
        #else
            return (environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache") + "/ember"
        #endif
    }()
}
