/// What a file has to be for its place in the configuration.
public enum GGUFRole: Sendable {
    case model
    case projector
    /// Of a model of such an architecture.
    case adapter(of: String)
}

extension GGUFHeader {
    /// Why the file does not serve as that; nil: as far as its header says, it does.
    public func problem(as role: GGUFRole) -> GGUFError? {
        switch role {
        case .model: modelProblem
        case .projector:
            architecture == "clip"
                ? nil : failure("is no projector, but \(kindInWords): give the mmproj file that belongs to the model")
        case .adapter(let base): adapterProblem(base)
        }
    }

    private var type: String? {
        guard case .string(let type)? = metadata["general.type"] else { return nil }
        return type
    }

    private var kindInWords: String {
        switch type {
        case "adapter": "a LoRA adapter"
        case "imatrix": "an importance matrix"
        default: architecture == "clip" ? "a projector" : "a model (\(architecture))"
        }
    }

    private var modelProblem: GGUFError? {
        if type == "adapter" { return failure("is a LoRA adapter: write lora: and base: in place of path:") }
        if type == "imatrix" { return failure("is an importance matrix, no model") }
        if architecture == "clip" { return failure("is a projector: write it as mmproj:, and its model as path:") }
        if tensors.isEmpty { return failure("has no weights (a vocabulary alone)") }
        guard Architectures.known.contains(architecture) else {
            return failure("has the unknown architecture \"\(architecture)\"", isForeign: true)
        }
        return nil
    }

    private func adapterProblem(_ base: String) -> GGUFError? {
        guard type == "adapter", case .string(let kind)? = metadata["adapter.type"], kind == "lora" else {
            return failure("is no LoRA adapter, but \(kindInWords)")
        }
        guard architecture == base else {
            return failure("is an adapter for the architecture \(architecture), and its base is \(base)")
        }
        return nil
    }

    private func failure(_ problem: String, isForeign: Bool = false) -> GGUFError {
        GGUFError(file: file, offset: nil, problem: problem, isForeign: isForeign)
    }
}

/// The architectures of the llama.cpp that Ember pins: of others it is not known what they take.
enum Architectures {
    static let known = Set(names.split(separator: " ").map { String($0) })

    private static let names = """
        afmoe apertus arcee arctic arwkv7 baichuan bailingmoe bailingmoe2 bailingmoe3 bert bitnet bloom chameleon chatglm \
        codeshell cogvlm cohere2 cohere2moe command-r dbrx deci deepseek deepseek2 deepseek2-ocr deepseek32 deepseek4 dflash \
        dots1 dots3note dream eagle3 ernie4_5 ernie4_5-moe eurobert exaone exaone-moe exaone4 falcon falcon-h1 gemma \
        gemma-embedding gemma2 gemma3 gemma3n gemma4 gemma4-assistant glm-dsa glm4 glm4moe glm5-next gpt-oss gpt2 gptj \
        gptneox granite granite_swa granitehybrid granitemoe graniteswitch grok grovemoe hrm_text hunyuan-dense hunyuan-moe \
        hunyuan_vl hy_v3 hy_v4 internlm2 jais jais2 jamba jina-bert-v2 jina-bert-v3 kimi-k3 kimi-linear laguna lfm2 lfm2moe \
        llada llada-moe llama llama-embed llama4 maincoder mamba mamba2 maple mellum mimo2 minicpm minicpm3 minimax-01 \
        minimax-m2 minimax-m3 mistral3 mistral4 modern-bert mpt muse-glimmer nanbeige nemotron nemotron_h nemotron_h_moe \
        neo-bert nomic-bert nomic-bert-moe olmo olmo2 olmoe openelm orion paddleocr pangu-embedded phi2 phi3 phimoe plamo \
        plamo2 plamo3 plm pockettts qwen qwen2 qwen2moe qwen2vl qwen3 qwen35 qwen35moe qwen3moe qwen3next qwen3tts qwen3vl \
        qwen3vlmoe qwen4exp refact rnd1 rwkv6 rwkv6qwen2 rwkv7 seed_oss smallthinker smollm3 spark2_5 stablelm starcoder \
        starcoder2 step35 t5 t5encoder talkie wavtokenizer-dec xverse
        """
}
