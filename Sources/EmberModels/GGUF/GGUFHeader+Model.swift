/// The model's shape, under the names that llama.cpp gives its metadata keys.
extension GGUFHeader {
    /// The model's display name; nil when the file has none.
    public var name: String? {
        guard case .string(let name)? = metadata["general.name"] else { return nil }
        return name
    }

    /// Longest context that the model was trained for, in tokens.
    public var contextLength: Int? { integer("context_length") }
    /// Number of blocks (layers), prediction heads included.
    public var blockCount: Int? { integer("block_count") }
    /// Width of the residual stream.
    public var embeddingLength: Int? { integer("embedding_length") }
    /// Width of the feed-forward layer of each block.
    public var feedForwardLengths: [Int] { perBlock("feed_forward_length") ?? zeros }
    /// Query heads of each block.
    public var headCounts: [Int] { perBlock("attention.head_count") ?? zeros }
    /// Key/value heads of each block (query heads when not given; 0 in blocks without attention).
    public var keyValueHeadCounts: [Int] { perBlock("attention.head_count_kv") ?? headCounts }
    /// Width of one head's key (embedding length / heads when not given).
    public var keyLength: Int { integer("attention.key_length") ?? defaultHeadLength }
    /// Width of one head's value (embedding length / heads when not given).
    public var valueLength: Int { integer("attention.value_length") ?? defaultHeadLength }
    /// `llama_ftype`: the quantisation that most tensors have.
    public var fileType: Int? {
        guard case .integer(let type)? = metadata["general.file_type"] else { return nil }
        return type
    }

    /// How token embeddings become one: none, mean, cls, last, rank (0 to 4); nil for models that say nothing.
    public var poolingType: Int? { integer("pooling_type") }

    /// Number of tokens in the vocabulary; 0 when the file has neither tokenizer nor token embedding.
    public var vocabularySize: Int {
        if let size = integer("vocab_size") { return size }
        switch metadata["tokenizer.ggml.tokens"] {
        case .array(let count)?: return count
        default: return tensor(named: "token_embd.weight")?.dimensions.last ?? 0
        }
    }

    /// True when the model maps text to vectors and keeps no key/value cache.
    public var isEmbeddingModel: Bool { poolingType.map { $0 > 0 } ?? false }

    /// A non-negative integer under "<architecture>.<key>".
    func integer(_ key: String) -> Int? {
        guard case .integer(let value)? = metadata["\(architecture).\(key)"], value >= 0 else { return nil }
        return value
    }

    /// A value per block under "<architecture>.<key>": an array, or one number for all blocks.
    func perBlock(_ key: String) -> [Int]? {
        let blocks = boundedBlockCount
        switch metadata["\(architecture).\(key)"] {
        case .integer(let value)? where value >= 0: return Array(repeating: value, count: blocks)
        case .bool(let value)?: return Array(repeating: value ? 1 : 0, count: blocks)
        case .integers(let values)? where values.count >= blocks && values.allSatisfy({ $0 >= 0 }):
            return Array(values.prefix(blocks))
        default: return nil
        }
    }

    /// llama.cpp refuses models of more than 512 blocks; a made-up count must not become an allocation.
    var boundedBlockCount: Int { min(blockCount ?? 0, 512) }

    private var zeros: [Int] { Array(repeating: 0, count: boundedBlockCount) }

    private var defaultHeadLength: Int {
        guard let heads = headCounts.first, heads > 0 else { return 0 }
        return (embeddingLength ?? 0) / heads
    }
}
