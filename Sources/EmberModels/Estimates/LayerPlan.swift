import EmberSystem

/// What each block of a model remembers of the tokens it has seen.
///
/// The rules follow the per-architecture loaders of the llama.cpp that Ember pins. A file's own metadata
/// (`attention.sliding_window_pattern`, `attention.head_count_kv`) win over the defaults here.
struct LayerPlan {
    struct Layer: Hashable {
        /// Elements of one token's key and value; 0 for a block without attention.
        var keyElements: Int
        var valueElements: Int
        /// True when only a window of the latest tokens is kept.
        var sliding: Bool
        /// Elements of a recurrent block's state (32-bit floats), which does not grow with the context.
        var stateElements: Int
    }

    let layers: [Layer]
    /// Tokens that sliding layers keep; 0 when there are none.
    let window: Int

    init(_ header: GGUFHeader) {
        guard !Self.cacheless.contains(header.architecture) else {
            (layers, window) = ([], 0)
            return
        }
        // Prediction heads ("nextn") are loaded but have no cache of their own in the main context.
        let count = max(0, header.boundedBlockCount - (header.integer("nextn_predict_layers") ?? 0))
        let sliding = Self.slidingPattern(header, count: count)
        let recurrent = Self.recurrentPattern(header, count: count)
        let sharedFrom = Self.firstSharedLayer(header, count: count)
        layers = (0..<count).map { index in
            Self.layer(
                index, header, sliding: sliding[index], recurrent: recurrent[index], shared: index >= sharedFrom)
        }
        window = sliding.contains(true) ? Self.window(header) : 0
    }

    /// Encoders and diffusion models: no memory between batches.
    private static let cacheless: Set<String> = [
        "bert", "jina-bert-v2", "jina-bert-v3", "nomic-bert", "nomic-bert-moe", "neo-bert", "eurobert",
        "modern-bert", "gemma-embedding", "wavtokenizer-dec", "dream", "llada", "llada-moe", "rnd1", "clip",
    ]

    /// A period n stands for n-1 sliding layers and one full layer; `denseFirst` puts the full one first.
    private static let slidingPeriods: [String: (period: Int, denseFirst: Bool)] = [
        "gemma2": (2, false), "gpt-oss": (2, false), "gemma3": (6, false), "gemma3n": (5, false),
        "cohere2": (4, false), "cohere2moe": (4, true), "exaone4": (4, false), "exaone-moe": (4, false),
        "llama4": (4, false), "olmo2": (4, false), "afmoe": (4, false), "mellum": (4, false),
        "muse-glimmer": (4, false), "laguna": (4, true), "smallthinker": (4, true), "plamo3": (8, false),
    ]

    private static let defaultWindows = ["gemma2": 4096, "exaone4": 4096, "smallthinker": 4096, "exaone-moe": 128]

    private static func window(_ header: GGUFHeader) -> Int {
        if header.architecture == "llama4" { return 8192 }
        return header.integer("attention.sliding_window") ?? defaultWindows[header.architecture] ?? 0
    }

    /// Which layers slide; an architecture not listed, without a pattern of its own, is counted in full (upper bound).
    private static func slidingPattern(_ header: GGUFHeader, count: Int) -> [Bool] {
        guard window(header) > 0 else { return Array(repeating: false, count: count) }
        let key = "attention.sliding_window_pattern"
        if case .integers(let flags)? = header.metadata["\(header.architecture).\(key)"], flags.count >= count {
            return flags.prefix(count).map { $0 != 0 }
        }
        guard let (period, denseFirst) = slidingPeriods[header.architecture] else {
            return Array(repeating: header.architecture.hasPrefix("lfm2"), count: count)
        }
        let stated = header.integer(key) ?? period
        guard stated > 0 else { return Array(repeating: true, count: count) }
        return (0..<count).map { denseFirst ? $0 % stated != 0 : $0 % stated < stated - 1 }
    }

    /// Gemma 3n and 4 let their last layers read the caches of earlier ones.
    private static func firstSharedLayer(_ header: GGUFHeader, count: Int) -> Int {
        if header.architecture == "gemma3n" { return 20 }
        return max(0, header.boundedBlockCount - (header.integer("attention.shared_kv_layers") ?? 0))
    }

    // MARK: Recurrent blocks

    private static let fullyRecurrent: Set<String> = ["mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"]
    private static let intervalHybrids: Set<String> = ["qwen3next", "qwen35", "qwen35moe", "qwen4exp"]

    private static func recurrentPattern(_ header: GGUFHeader, count: Int) -> [Bool] {
        if fullyRecurrent.contains(header.architecture) { return Array(repeating: true, count: count) }
        if header.architecture == "falcon-h1" { return Array(repeating: true, count: count) }
        if intervalHybrids.contains(header.architecture) {
            if let flags = header.perBlock("attention.recurrent_layers") { return flags.prefix(count).map { $0 != 0 } }
            let interval = max(1, header.integer("full_attention_interval") ?? 4)
            return (0..<count).map { ($0 + 1) % interval != 0 }
        }
        // Other hybrids mark a recurrent block by zero key/value heads (and, Nemotron-H, no feed-forward layer).
        let heads = header.keyValueHeadCounts
        let widths = header.architecture.hasPrefix("nemotron_h") ? header.feedForwardLengths : []
        return (0..<count).map { heads[$0] == 0 && (widths.isEmpty || widths[$0] == 0) }
    }

    /// Convolution and state elements of one recurrent block for one sequence.
    private static func stateElements(_ header: GGUFHeader) -> Int {
        let width = header.embeddingLength ?? 0
        if let head = header.integer("wkv.head_size") {
            return Clamped.product(width, Clamped.sum([head, header.integer("token_shift_count") ?? 2]))
        }
        if let kernel = header.integer("shortconv.l_cache") { return Clamped.product(width, kernel - 1) }
        let kernel = header.integer("ssm.conv_kernel") ?? 0
        if let head = header.integer("kda.head_dim") {
            let heads = header.headCounts.max() ?? 0
            return Clamped.sum([
                Clamped.product(3, kernel > 0 ? kernel - 1 : 3, heads, head), Clamped.product(head, head, heads),
            ])
        }
        let inner = header.integer("ssm.inner_size") ?? 0
        let state = header.integer("ssm.state_size") ?? 0
        let groups = Clamped.product(2, header.integer("ssm.group_count") ?? 0, state)
        return Clamped.sum([Clamped.product(kernel - 1, Clamped.sum([inner, groups])), Clamped.product(state, inner)])
    }

    // MARK: One layer

    private static func layer(
        _ index: Int, _ header: GGUFHeader, sliding: Bool, recurrent: Bool, shared: Bool
    ) -> Layer {
        let state = recurrent ? stateElements(header) : 0
        let hasAttention = !shared && (!recurrent || header.architecture == "falcon-h1")
        guard hasAttention else {
            return Layer(keyElements: 0, valueElements: 0, sliding: sliding, stateElements: state)
        }
        let heads = header.keyValueHeadCounts[index]
        let key = sliding ? header.integer("attention.key_length_swa") ?? header.keyLength : header.keyLength
        let value = sliding ? header.integer("attention.value_length_swa") ?? header.valueLength : header.valueLength
        // Multi-head latent attention keeps one compressed vector in the key's place and no value.
        let latent = header.integer("attention.key_length_mla") != nil
        // Sparse attention keeps one more key per token for its indexer.
        let indexer = heads > 0 ? header.integer("attention.indexer.key_length") ?? 0 : 0
        return Layer(
            keyElements: Clamped.sum([Clamped.product(heads, key), indexer]),
            valueElements: latent ? 0 : Clamped.product(heads, value),
            sliding: sliding, stateElements: state)
    }
}
