import ArgumentParser
import EmberConfig
import EmberCore
import EmberEngine
import EmberModels
import EmberServer
import EmberSystem
import Foundation
import Logging

struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List, get and inspect models, and forget what was measured of them.",
        subcommands: [List.self, PullCommand.self, Inspect.self, ForgetCommand.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the configured models with the memory they need.")

        @OptionGroup var options: ConfigurationOptions

        func run() throws {
            let (configuration, folders, _) = try options.read()
            let builder = DeploymentBuilder(
                lookingAt: configuration, folders: folders, environment: ProcessInfo.processInfo.environment,
                stateFolder: folders.state, .system)
            let (deployment, settings) = try (builder.build(), builder.plannerSettings())
            let rows = deployment.models.map { Self.row($0, settings.devices) }
            let columns = ["MODEL", "KIND", "RUNS AT", "MEMORY", "CONTEXT", "POOL", "FITS", "CLOUD", "ALIASES"]
            print(Table(columns: columns, rows: rows).text, terminator: "")
            print("memory budget \(settings.devices.map(\.megabytes).joined(separator: " + "))")
            for model in deployment.models {
                if let problem = model.problem { print("\(model.name) cannot be loaded: \(problem)") }
            }
        }

        private static func row(_ model: ServedModel, _ budgets: [Bytes]) -> [String] {
            let clouds = model.clouds.map { "\($0.upstream.name): \($0.model)" }.joined(separator: ", ")
            var local = ["cloud", "-", "-", "-", "-"]
            if model.engine != nil {
                let memory = model.problem == nil ? model.expectedBytes.megabytes : "-"
                let context = model.context
                local = [
                    "edge", memory, context.map { "\($0.window)" } ?? "-",
                    context?.pool.map { "\($0)" } ?? "-", fit(model, budgets),
                ]
            }
            return [model.name, model.spec.kind.rawValue] + local
                + [clouds.isEmpty ? "-" : clouds, model.aliases.joined(separator: ", ")]
        }

        /// On several GPUs, with those where it can be.
        private static func fit(_ model: ServedModel, _ budgets: [Bytes]) -> String {
            guard model.problem == nil else { return "FAILED" }
            guard let place = model.spec.placeText(budgets) else { return "NEVER" }
            return budgets.count > 1 && model.spec.base == nil ? "GPU \(place)" : "yes"
        }
    }

    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a GGUF file's header and the memory it will take.",
            discussion: "The memory is counted as 'ember serve' counts it, for the same settings.")

        @Argument(help: "The file, or its name in the models folder.", completion: .file(extensions: ["gguf"]))
        var file: String

        @OptionGroup var modelsFolder: ModelsFolderOptions

        @Option(help: "The projector's file of a multimodal model.", completion: .file(extensions: ["gguf"]))
        var mmproj: String?

        @Option(help: "Tokens of context: what one request may have.")
        var context = 4096

        @Option(help: "Tokens of the pool that all requests share; without it, those of one request.")
        var pool: Int?

        @Option(help: "Requests served at the same time.")
        var parallel = 4

        @Option(help: "Layers on the GPU.")
        var gpuLayers = 0

        @Flag(help: "As started for embeddings.")
        var embeddings = false

        @Option(help: "MiB of prompt_cache.")
        var promptCache = 0

        @Option(help: "A LoRA adapter's file, of a variant; again for each.", completion: .file(extensions: ["gguf"]))
        var lora: [String] = []

        @Option(help: "Further flags of llama-server, as in the model's args, in one text.")
        var args = ""

        func run() throws {
            if let pool, pool < context || embeddings {
                throw CommandFailure(
                    "--pool \(pool) does not go with --context \(context)\(embeddings ? " --embeddings" : ""): a pool "
                        + "is at least one request's context, and embeddings have none")
            }
            let header = try read(file)
            if let problem = header.problem(as: .model) { StandardError.write("warning: \(problem)") }
            let arguments = args.split(separator: " ").map { String($0) }
            if let problem = LlamaServerFlags(arguments).problem(isMemoryDeclared: false) {
                throw CommandFailure(problem)
            }
            let options = LlamaServerOptions(
                program: "", modelPath: header.file, mmproj: try mmproj.map { try read($0).file },
                contextTokens: context, poolTokens: pool, parallel: parallel,
                gpuLayers: gpuLayers, promptCacheBytes: promptCache << 20, embeddings: embeddings,
                adapters: try lora.map { try read($0).file }, extraArguments: arguments)
            let settings = LoadSettings(options)
            let estimate = MemoryEstimate(header, settings, projector: try mmproj.map(read))
            for (label, value) in facts(header) + facts(settings) + kept(options, settings, header) {
                print(label.padding(toLength: 16, withPad: " ", startingAt: 0) + value)
            }
            print("memory          \(estimate)")
            let adapters = try lora.map { try read($0).fileBytes }.reduce(0, +)
            if adapters > 0 {
                let sum = Bytes(estimate.totalBytes + adapters)
                print("with adapters   + \(Bytes(adapters).megabytes) = \(sum.megabytes)")
            }
        }

        private func read(_ file: String) throws -> GGUFHeader {
            let exists = SystemFiles().exists
            let stated = ConfigurationOptions.folders.path(file)
            let inModels = exists(stated) ? stated : try modelsFolder.folder() + "/" + file
            do throws(GGUFError) {
                return try GGUFHeader.read(file: exists(inModels) ? inModels : file)
            } catch {
                throw CommandFailure("\(error)")
            }
        }

        /// What an engine that is started so keeps of prompts.
        private func kept(
            _ options: LlamaServerOptions, _ settings: LoadSettings, _ header: GGUFHeader
        ) -> [(String, String)] {
            guard !options.keepsNothing else { return [] }
            let traits = StateTraits(options, settings, header)
            let entries = (try? KeptStatesBook.entries(in: ConfigurationOptions.folders.state, SystemFiles())) ?? []
            let found = entries.last { $0.isOf(StateSource(options)) }?.states
            let origin = found == nil ? "expected" : "found out"
            return [("kept", "\(origin): \(KeptView(traits, found ?? traits.expected).sentence)")]
        }

        private func facts(_ settings: LoadSettings) -> [(String, String)] {
            let pool = settings.poolTokens.map { [("pool", "\($0) tokens, all requests together")] } ?? []
            return [("window", "\(settings.requestWindow) tokens a request")] + pool
        }

        private func facts(_ header: GGUFHeader) -> [(String, String)] {
            let types = header.bytesByType.map { "\($0.type.name) \(Bytes($0.bytes).megabytes)" }
            return [
                ("file", header.file + (header.partCount > 1 ? " and \(header.partCount - 1) more parts" : "")),
                ("name", header.name ?? "-"),
                ("architecture", header.architecture),
                ("parameters", "\((header.parameterCount + 500_000) / 1_000_000) M"),
                ("weights", "\(Bytes(header.weightBytes).megabytes): \(types.joined(separator: ", "))"),
                ("layers", header.blockCount.map(String.init) ?? "-"),
                ("trained context", header.contextLength.map { "\($0) tokens" } ?? "-"),
                ("embedding", header.embeddingLength.map(String.init) ?? "-"),
                ("vocabulary", "\(header.vocabularySize)"),
            ]
        }
    }
}
