import EmberSystem

/// How much memory llama-server will take for a model, in parts that add up.
///
/// Made for Linux's proportional set size of the process after prompts have filled every slot; on the models measured
/// (CPU, 135 M parameters and below) it is 1 to 15 % above, and 1 to 5 % for SmolLM2 from 2,048 tokens of context on.
/// Context checkpoints are the exception: they are counted in full, while llama-server makes them turn by turn.
/// GPU figures follow llama.cpp's placement rules and have not been measured. Take what `FootprintStore`
/// remembers over an estimate once a model has run.
public struct MemoryEstimate: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case weights
        case repackedWeights = "repacked weights"
        case cache = "KV cache"
        case buffers
        case projector
        case process
        case checkpoints = "context checkpoints"
        case promptCache = "prompt cache"
    }

    public struct Part: Hashable, Sendable {
        public let kind: Kind
        public let hostBytes: Int
        public let gpuBytes: Int
        /// What the figure follows from, for messages ("4096 tokens x 30 layers"); empty when it needs no saying.
        public let reason: String
    }

    /// Parts that are not zero, in a fixed order.
    public let parts: [Part]

    /// Bytes of main memory.
    public var hostBytes: Int { Clamped.sum(parts.map(\.hostBytes)) }
    /// Bytes of GPU memory; 0 without offloaded layers.
    public var gpuBytes: Int { Clamped.sum(parts.map(\.gpuBytes)) }
    public var totalBytes: Int { Clamped.sum([hostBytes, gpuBytes]) }

    /// Estimates from a model's header alone: no weights are read; linear in the number of tensors.
    ///
    /// - Parameter projector: the header of the `--mmproj` file of a multimodal model.
    public init(_ header: GGUFHeader, _ settings: LoadSettings, projector: GGUFHeader? = nil) {
        let weights = WeightPlacement(header, settings)
        let cache = KeyValueCache(LayerPlan(header), settings)
        let buffers = ComputeBuffers(header, settings)
        let blocks = header.boundedBlockCount
        let offloaded = max(0, min(settings.gpuLayers, blocks + 1))
        let cacheOnGPU = Clamped.sum(cache.bytesPerLayer.suffix(max(0, min(offloaded, blocks + 1) - 1)))
        let cacheBytes = Clamped.sum(cache.bytesPerLayer)
        let checkpoints = Clamped.product(cache.checkpointBytes, settings.contextCheckpoints, settings.slots)
        let cacheReason = "\(settings.cellsPerStream * settings.streams) tokens x \(cache.layersWithCache) layers"
        let all = [
            Part(kind: .weights, hostBytes: weights.hostBytes, gpuBytes: weights.gpuBytes, reason: ""),
            Part(kind: .repackedWeights, hostBytes: weights.repackedBytes, gpuBytes: 0, reason: ""),
            Part(
                kind: .cache, hostBytes: max(0, cacheBytes - cacheOnGPU), gpuBytes: cacheOnGPU, reason: cacheReason),
            Self.buffers(buffers, offloaded: offloaded, blocks: blocks),
            Self.projector(projector, onGPU: offloaded > 0),
            Part(
                kind: .process, hostBytes: Self.processBytes(header, settings),
                gpuBytes: offloaded > 0 ? Self.driverContextBytes : 0, reason: ""),
            Part(
                kind: .checkpoints, hostBytes: checkpoints, gpuBytes: 0,
                reason: "\(settings.contextCheckpoints) x \(settings.slots) slots"),
            Part(kind: .promptCache, hostBytes: max(0, settings.promptCacheBytes), gpuBytes: 0, reason: ""),
        ]
        parts = all.filter { $0.hostBytes > 0 || $0.gpuBytes > 0 }
    }

    /// With any layer on the GPU, activations live there; a model that is only partly there needs them on both sides.
    private static func buffers(_ buffers: ComputeBuffers, offloaded: Int, blocks: Int) -> Part {
        let total = buffers.totalBytes
        return Part(
            kind: .buffers, hostBytes: offloaded > blocks ? buffers.outputBytes : total,
            gpuBytes: offloaded > 0 ? total : 0, reason: "")
    }

    /// A projector's own weights, and its activations for one image (its score matrix included).
    private static func projector(_ header: GGUFHeader?, onGPU: Bool) -> Part {
        guard let header else { return Part(kind: .projector, hostBytes: 0, gpuBytes: 0, reason: "") }
        let width = header.integer("vision.embedding_length") ?? 0
        let forward = header.integer("vision.feed_forward_length") ?? 0
        let heads = header.integer("vision.attention.head_count") ?? 0
        let side = (header.integer("vision.image_size") ?? 0) / max(1, header.integer("vision.patch_size") ?? 14)
        let patches = Clamped.product(side, side)
        let activations = Clamped.product(
            patches, 4, Clamped.sum([Clamped.product(4, width), Clamped.product(2, forward)]))
        let scores = Clamped.product(patches, patches, heads, 4)
        let bytes = Clamped.sum([header.weightBytes, activations, scores, projectorProcessBytes])
        return Part(kind: .projector, hostBytes: onGPU ? 0 : bytes, gpuBytes: onGPU ? bytes : 0, reason: "")
    }

    // Measured on Linux x86: libraries and heap; per slot its thread's heap and sampler; per tensor llama.cpp's graphs
    // (8 nodes of 368 bytes in each of 3); per tokenizer entry its maps.
    private static let baseBytes = 21_000_000
    private static let bytesPerSlot = 1_000_000
    private static let bytesPerTensor = 8 * 368 * 3
    private static let bytesPerTokenizerEntry = 165
    /// What an embedding server grows by once its inputs are long (heap between batches of many sizes).
    private static let embeddingBytes = 8_000_000
    /// What any projector costs beside its tensors. Decoding a large picture takes more than this for a moment.
    private static let projectorProcessBytes = 6_000_000

    /// Allowance for what a GPU driver's context costs before the first weight: an assumption, not a measurement.
    private static let driverContextBytes = 320_000_000

    private static func processBytes(_ header: GGUFHeader, _ settings: LoadSettings) -> Int {
        var merges = 0
        if case .array(let count)? = header.metadata["tokenizer.ggml.merges"] { merges = count }
        return Clamped.sum([
            baseBytes, settings.embeddings ? embeddingBytes : 0, Clamped.product(bytesPerSlot, settings.slots),
            Clamped.product(bytesPerTensor, header.tensors.count),
            Clamped.product(bytesPerTokenizerEntry, Clamped.sum([header.vocabularySize, merges])),
        ])
    }
}
