import EmberModels
import EmberSystem

/// What further flags of llama-server mean for what Ember must know of it: how much memory it takes, and where it is
/// reached.
public struct LlamaServerFlags: Sendable {
    /// A flag with what stands behind it, as it was written, and the variable that it was set by, if any.
    private struct Use: Sendable {
        let name: String
        let value: String?
        let meaning: LlamaServerFlag.Meaning
        let place: String
    }

    private let uses: [Use]

    /// - Parameters:
    ///   - arguments: llama-server takes underscores for dashes in them.
    ///   - variables: of its environment, by which flags can be set too; those that Ember's own flags overrule say nothing.
    public init(_ arguments: [String], variables: [String: String] = [:]) {
        var uses: [Use] = []
        for (index, argument) in arguments.enumerated() {
            let name = Self.name(of: argument)
            guard let flag = LlamaServerFlag.byName[name] else { continue }
            let next = index + 1 < arguments.count ? arguments[index + 1] : nil
            uses.append(Use(name: name, value: next, meaning: flag.meaning, place: "args: \(name)"))
        }
        for (variable, value) in variables.sorted(by: { $0.key < $1.key }) {
            guard let flag = LlamaServerFlag.byVariable[variable], !value.isEmpty else { continue }
            uses.insert(Use(name: variable, value: value, meaning: flag.meaning, place: "env: \(variable)"), at: 0)
        }
        self.uses = uses
    }

    /// Why a model with such flags is not served; nil: they are understood, or concern neither memory nor address.
    ///
    /// - Parameter isMemoryDeclared: what the engine takes need not follow from its flags.
    public func problem(isMemoryDeclared: Bool) -> String? {
        for use in uses {
            switch use.meaning {
            case .refused(let reason): return "\(use.place) \(reason)"
            case .uncounted(let reason):
                if !isMemoryDeclared { return "\(use.place) \(reason), so declare memory: as well, or remove it" }
            case .setting(let set):
                var settings = LoadSettings(contextTokens: 4096)
                guard !isMemoryDeclared, !set(&settings, use.value ?? "") else { continue }
                let value = use.value.map { " \($0)" } ?? ""
                return
                    "\(use.place)\(value): Ember cannot tell how much memory that takes; write a number that "
                    + "it counts by, or declare memory: as well"
            case .counted: break
            }
        }
        return nil
    }

    /// Takes in what the flags change, in their order; the last one counts.
    func apply(to settings: inout LoadSettings) {
        for use in uses {
            switch use.meaning {
            case .setting(let set): _ = set(&settings, use.value ?? "")
            case .counted(let set): set(&settings)
            case .refused, .uncounted: break
            }
        }
    }

    static func name(of argument: String) -> String {
        let name = argument.prefix { $0 != "=" }
        return name.hasPrefix("--") ? String(name.map { $0 == "_" ? "-" : $0 }) : String(name)
    }
}

/// A flag that changes memory or address.
struct LlamaServerFlag: Sendable {
    enum Meaning: Sendable {
        /// It has a value, which changes what a load takes; false: not in a way that can be counted.
        case setting(@Sendable (inout LoadSettings, String) -> Bool)
        case counted(@Sendable (inout LoadSettings) -> Void)
        /// It changes what a load takes in a way that is not counted.
        case uncounted(String)
        /// Ember could not work with the engine.
        case refused(String)
    }

    let names: [String]
    let variables: [String]
    let meaning: Meaning

    static let byName = Dictionary(all.flatMap { flag in flag.names.map { ($0, flag) } }) { first, _ in first }
    static let byVariable = Dictionary(all.flatMap { flag in flag.variables.map { ($0, flag) } }) { first, _ in first }

    private static let all = address + otherModels + counted + uncounted

    private init(_ names: String, _ variables: String = "", _ meaning: Meaning) {
        self.names = names.split(separator: " ").map(String.init)
        self.variables = variables.split(separator: " ").map(String.init)
        self.meaning = meaning
    }

    private static let address = [
        LlamaServerFlag(
            "--host --port --reuse-port", "",
            .refused(
                "would have llama-server listen where Ember does not look for it; remove it (listen: is "
                    + "Ember's own address)"
            )),
        LlamaServerFlag(
            "--api-key --api-key-file", "LLAMA_API_KEY LLAMA_ARG_API_KEY_FILE",
            .refused("would have llama-server refuse Ember's requests; remove it (keys: are Ember's own)")),
        LlamaServerFlag(
            "--api-prefix --ssl-key-file --ssl-cert-file",
            "LLAMA_ARG_API_PREFIX LLAMA_ARG_SSL_KEY_FILE LLAMA_ARG_SSL_CERT_FILE",
            .refused("would have llama-server answer where Ember does not ask; remove it")),
    ]

    private static let otherModels = [
        LlamaServerFlag(
            "-m --model -mu --model-url -hf -hfr --hf-repo -hff --hf-file -dr --docker-repo --models-dir "
                + "--models-preset --gpt-oss-20b-default --gpt-oss-120b-default --embd-gemma-default "
                + "--vision-gemma-4b-default --vision-gemma-12b-default --fim-qwen-1.5b-default "
                + "--fim-qwen-3b-default --fim-qwen-7b-default --fim-qwen-7b-spec --fim-qwen-14b-spec "
                + "--fim-qwen-30b-default",
            "",
            .refused("would run another model than path: names; write that as path:"))
    ]

    // What Ember passes itself goes before the variables that say the same.
    private static let counted = [
        LlamaServerFlag("-c --ctx-size", "", .setting { set(&$0.contextTokens, $1, 1...) }),
        LlamaServerFlag(
            "--kv-unified-per-slot", "",
            .setting { settings, text in
                var tokens = 0
                guard set(&tokens, text, 1...) else { return false }
                settings.slotTokens = tokens
                return true
            }),
        LlamaServerFlag("-np --parallel", "", .setting { set(&$0.parallelSlots, $1, 1...) }),
        LlamaServerFlag(
            "-ngl --gpu-layers --n-gpu-layers", "", .setting { set(&$0.gpuLayers, $1 == "all" ? "999" : $1, 0...) }),
        LlamaServerFlag(
            "-ub --ubatch-size", "LLAMA_ARG_UBATCH", .setting { set(&$0.microBatchTokens, $1, 1...) }),
        LlamaServerFlag("-b --batch-size", "LLAMA_ARG_BATCH", .setting { set(&$0.batchTokens, $1, 1...) }),
        LlamaServerFlag("-ctk --cache-type-k", "LLAMA_ARG_CACHE_TYPE_K", .setting { set(&$0.cache.keyType, $1) }),
        LlamaServerFlag("-ctv --cache-type-v", "LLAMA_ARG_CACHE_TYPE_V", .setting { set(&$0.cache.valueType, $1) }),
        LlamaServerFlag(
            "-cram --cache-ram", "",
            .setting { settings, text in
                guard let megabytes = Int(text), megabytes >= 0 else { return false }
                settings.promptCacheBytes = Clamped.product(megabytes, 1 << 20)
                return true
            }),
        LlamaServerFlag(
            "-ctxcp --ctx-checkpoints --swa-checkpoints", "", .setting { set(&$0.contextCheckpoints, $1, 0...) }),
        LlamaServerFlag(
            "-lm --load-mode", "LLAMA_ARG_LOAD_MODE",
            .setting { settings, mode in
                settings.memoryMapped = mode != "none"
                return ["none", "mmap", "mlock"].contains(mode)
            }),
        LlamaServerFlag("--no-mmap", "", .counted { $0.memoryMapped = false }),
        LlamaServerFlag("-kvu --kv-unified", "LLAMA_ARG_KV_UNIFIED", .counted { $0.cache.isUnified = true }),
        LlamaServerFlag("-no-kvu --no-kv-unified", "", .counted { $0.cache.isUnified = false }),
        LlamaServerFlag("--swa-full", "LLAMA_ARG_SWA_FULL", .counted { $0.cache.keepsFullWindows = true }),
        LlamaServerFlag(
            "--embedding --embeddings --rerank --reranking", "LLAMA_ARG_EMBEDDINGS LLAMA_ARG_RERANKING",
            .counted { $0.embeddings = true }),
        LlamaServerFlag(
            "-fa --flash-attn", "LLAMA_ARG_FLASH_ATTN", .setting { _, mode in ["on", "auto"].contains(mode) }),
    ]

    private static let uncounted = [
        LlamaServerFlag(
            "-md --model-draft --spec-draft-model -hfd -hfrd --hf-repo-draft --spec-draft-hf --eagle3 --dflash "
                + "--mtp --spec-default",
            "LLAMA_ARG_SPEC_DRAFT_MODEL LLAMA_ARG_SPEC_DRAFT_HF_REPO",
            .uncounted("loads a draft model beside the model, whose memory Ember does not count")),
        LlamaServerFlag(
            "-mm --mmproj -mmu --mmproj-url", "LLAMA_ARG_MMPROJ LLAMA_ARG_MMPROJ_URL",
            .uncounted("loads a projector that Ember does not count; write mmproj: FILE in its place")),
        LlamaServerFlag(
            "--lora --lora-scaled --control-vector --control-vector-scaled", "",
            .uncounted("loads a file that Ember does not count; adapters are models of their own (lora: and base:)")),
        LlamaServerFlag(
            "-ot --override-tensor -cmoe --cpu-moe -ncmoe --n-cpu-moe -ncffn --n-cpu-ffn -nkvo --no-kv-offload --rpc",
            "LLAMA_ARG_OVERRIDE_TENSOR LLAMA_ARG_CPU_MOE LLAMA_ARG_N_CPU_MOE LLAMA_ARG_N_CPU_FFN LLAMA_ARG_RPC",
            .uncounted("changes where weights and cache lie, which Ember then does not count right")),
        LlamaServerFlag(
            "--override-kv --kv-unified-per-slot", "LLAMA_ARG_KV_UNIFIED_PER_SLOT",
            .uncounted("changes the size of what is computed, which Ember then does not count right")),
    ]

    private static func set(_ figure: inout Int, _ text: String, _ range: PartialRangeFrom<Int>) -> Bool {
        guard let value = Int(text), range.contains(value) else { return false }
        figure = min(value, Clamped.ceiling)
        return true
    }

    private static func set(_ type: inout GGMLType, _ name: String) -> Bool {
        guard let known = GGMLType(named: name) else { return false }
        type = known
        return true
    }
}
