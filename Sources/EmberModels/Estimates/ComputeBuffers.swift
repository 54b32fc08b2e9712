import EmberSystem

/// Bytes that llama.cpp needs while it computes: activations of the largest graph, attention mask, outputs.
///
/// Per token of a batch the graph's widest point holds about 4 residual vectors and, of the feed-forward layer,
/// 3 vectors when it is gated and 2 when it is not; the mask has one 16-bit value per token and cache cell.
/// With flash attention (llama.cpp's automatic choice wherever it is supported) no score matrix is kept.
///
///     activations = T * 4 B * max(4 E + f F, 4 E + 2 H K)     E embedding, F feed-forward, H heads, K key length
///     mask        = T * 2 B * cells
///     outputs     = O * 4 B * (2 V + E)                        O outputs, V vocabulary
///
/// Calibrated on SmolLM2-135M (13.5 MiB measured at T = 512, 13.6 by the formula) and MiniLM-L6
/// (5.8 MiB measured, 9.0 by the formula). O is one per slot, and every token of a batch with `--embeddings`,
/// where llama.cpp sets aside logits that are never read: 63 MB for MiniLM.
struct ComputeBuffers {
    let activationBytes: Int
    let maskBytes: Int
    let outputBytes: Int

    init(_ header: GGUFHeader, _ settings: LoadSettings) {
        let width = header.embeddingLength ?? 0
        let tokens = settings.graphTokens
        let attention = Clamped.product(2, header.headCounts.max() ?? 0, header.keyLength)
        let widest = Clamped.sum([Clamped.product(4, width), max(Self.feedForward(header), attention)])
        activationBytes = Clamped.product(tokens, 4, widest)
        maskBytes = Clamped.product(tokens, 2, settings.cellsPerStream)
        let vocabulary = header.vocabularySize
        // With embeddings the second copy, the graph's own logits, is not computed: an encoder has no output layer.
        let copies = settings.embeddings && header.isEmbeddingModel ? 1 : 2
        outputBytes = Clamped.product(
            settings.embeddings ? tokens : settings.slots, 4, Clamped.sum([Clamped.product(copies, vocabulary), width]))
    }

    var totalBytes: Int { Clamped.sum([activationBytes, maskBytes, outputBytes]) }

    /// Elements of the feed-forward layer that live at the same time, for one token.
    private static func feedForward(_ header: GGUFHeader) -> Int {
        let experts = Clamped.product(
            max(1, header.perBlock("expert_used_count")?.max() ?? 1),
            header.perBlock("expert_feed_forward_length")?.max() ?? 0)
        let width = max(header.feedForwardLengths.max() ?? 0, experts)
        let gated = header.tensors.contains { $0.name.hasPrefix("blk.") && $0.name.contains(".ffn_gate") }
        return Clamped.product(gated ? 3 : 2, width)
    }
}
