import EmberSystem

/// How a llama-server keeps keys and values.
public struct CacheSettings: Hashable, Sendable {
    /// `-ctk`: storage of the keys.
    public var keyType: GGMLType
    /// `-ctv`: storage of the values.
    public var valueType: GGMLType
    /// `--kv-unified`: the slots share one pool of context instead of having equal parts of it.
    public var isUnified: Bool
    /// `--swa-full`: layers with a sliding window keep the whole context.
    public var keepsFullWindows = false
}

/// The settings of a llama-server start that decide how much memory it takes.
public struct LoadSettings: Hashable, Sendable {
    /// `-c`: tokens of context over all slots.
    public var contextTokens: Int
    /// `--kv-unified-per-slot`: what one request may have of a common pool, in tokens; nil: all of it.
    public var slotTokens: Int?
    /// `-np`: requests served at the same time.
    public var parallelSlots: Int
    /// `-ngl`: layers on the GPU, counted from the last; one more than the blocks places the output layer too.
    public var gpuLayers: Int
    public var cache: CacheSettings
    /// `--cache-ram`: host memory for prompts of idle slots, in bytes.
    public var promptCacheBytes: Int
    /// `--embeddings`: every token of a batch has an output.
    public var embeddings: Bool
    /// `-ub`: tokens computed at once.
    public var microBatchTokens: Int
    /// `-b`: tokens given to it at once; no more of them are ever computed at once.
    public var batchTokens = Int.max
    /// False for `--load-mode none` (`--no-mmap` in older builds): weights are copied, not mapped.
    public var memoryMapped: Bool
    /// `--ctx-checkpoints`: snapshots per slot kept in host memory for models that cannot roll back.
    public var contextCheckpoints: Int

    /// Defaults are those of llama-server.
    public init(
        contextTokens: Int, parallelSlots: Int = 1, gpuLayers: Int = 0,
        keyType: GGMLType = .f16, valueType: GGMLType = .f16,
        promptCacheBytes: Int = 0, embeddings: Bool = false, microBatchTokens: Int = 512,
        unifiedCache: Bool = false, memoryMapped: Bool = true, contextCheckpoints: Int = 32
    ) {
        self.contextTokens = contextTokens
        self.parallelSlots = parallelSlots
        self.gpuLayers = gpuLayers
        cache = CacheSettings(keyType: keyType, valueType: valueType, isUnified: unifiedCache)
        self.promptCacheBytes = promptCacheBytes
        self.embeddings = embeddings
        self.microBatchTokens = microBatchTokens
        self.memoryMapped = memoryMapped
        self.contextCheckpoints = contextCheckpoints
    }

    var slots: Int { max(1, min(parallelSlots, 1 << 16)) }

    /// llama.cpp rounds the context, and each slot's part of it, up to 256 tokens.
    private var paddedContext: Int { max(256, Clamped.padded(contextTokens, to: 256)) }

    /// Separate caches: one per slot, or a single one when unified.
    var streams: Int { cache.isUnified ? 1 : slots }

    /// The longest that one request's prompt and answer may be together, in tokens.
    public var requestWindow: Int { min(cellsPerStream, cache.isUnified ? slotTokens ?? .max : .max) }

    /// What all requests that run, and all idle slots, may have together, in tokens; nil: each slot has its own.
    public var poolTokens: Int? { cache.isUnified ? cellsPerStream : nil }

    /// Cells of each separate cache.
    var cellsPerStream: Int {
        cache.isUnified ? paddedContext : max(256, Clamped.padded(paddedContext / slots, to: 256))
    }

    /// Tokens of the largest graph that is ever computed.
    var graphTokens: Int { max(1, min(microBatchTokens, batchTokens, cellsPerStream * streams, Clamped.ceiling)) }
}
