import EmberTestSupport
import Foundation
import Testing

@testable import EmberModels

/// Estimates against sums done by hand, on models small enough to do them.
@Suite struct MemoryEstimateTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func header(_ writer: GGUFTestWriter) throws -> GGUFHeader {
        try GGUFHeader.read(file: folder.write(writer.bytes(), as: UUID().uuidString + ".gguf"))
    }

    private func bytes(_ kind: MemoryEstimate.Kind, _ estimate: MemoryEstimate) -> Int {
        estimate.parts.first { $0.kind == kind }?.hostBytes ?? 0
    }

    @Test func smallModelMatchesHandCalculation() throws {
        let estimate = MemoryEstimate(
            try header(.smallModel()), LoadSettings(contextTokens: 1000, parallelSlots: 2, promptCacheBytes: 5_000_000))
        // 1,000 tokens become 1,024, 512 for each slot. Key and value: 2 heads x 8 x 2 bytes each, 4 layers.
        #expect(bytes(.cache, estimate) == 4 * 1024 * (2 * 8 + 2 * 8) * 2)
        #expect(bytes(.weights, estimate) == 4 * (64 * 100 + 4 * (64 * 64 + 64 * 128)))
        // 512 tokens: 4 residual vectors of 64 and 3 gated ones of 128, floats; mask of 512 cells; 2 outputs.
        #expect(bytes(.buffers, estimate) == 512 * 4 * (4 * 64 + 3 * 128) + 512 * 512 * 2 + 2 * 4 * (2 * 100 + 64))
        #expect(bytes(.promptCache, estimate) == 5_000_000)
        #expect(bytes(.checkpoints, estimate) == 0)
        #expect(estimate.hostBytes == estimate.parts.map(\.hostBytes).reduce(0, +))
        #expect(estimate.gpuBytes == 0)
        #expect(estimate.description.contains("(1024 tokens x 4 layers)"))
        #expect(estimate.description.hasSuffix("= \((estimate.hostBytes + 500_000) / 1_000_000) MB"))
    }

    @Test func cacheFollowsContextTypeAndSlots() throws {
        let model = try header(.smallModel())
        func cache(_ settings: LoadSettings) -> Int { bytes(.cache, MemoryEstimate(model, settings)) }
        let one = cache(LoadSettings(contextTokens: 4096))
        #expect(cache(LoadSettings(contextTokens: 8192)) == 2 * one)
        #expect(cache(LoadSettings(contextTokens: 4096, parallelSlots: 4)) == one)
        // A slot has at least 256 tokens, so a large number of slots needs more than the context asked for.
        #expect(cache(LoadSettings(contextTokens: 256, parallelSlots: 4)) == one / 4)
        #expect(cache(LoadSettings(contextTokens: 256, parallelSlots: 4, unifiedCache: true)) == one / 16)
    }

    @Test func quantisedCacheCountsBlocks() throws {
        var writer = GGUFTestWriter.smallModel()
        writer.entries += [
            ("llama.attention.key_length", .uint32(32)), ("llama.attention.value_length", .uint32(16)),
        ]
        let settings = LoadSettings(contextTokens: 4096, keyType: .q8, valueType: .q8)
        let estimate = MemoryEstimate(try header(writer), settings)
        // Q8_0 keeps 32 values in 34 bytes: two heads make 64 key and 32 value elements.
        #expect(bytes(.cache, estimate) == 4 * 4096 * (2 * 34 + 34))
    }

    @Test func slidingLayersKeepTheWindowOnly() throws {
        var writer = GGUFTestWriter.smallModel(architecture: "gemma2")
        writer.entries.append(("gemma2.attention.sliding_window", .uint32(512)))
        let perCell = (2 * 8 + 2 * 8) * 2
        let estimate = MemoryEstimate(
            try header(writer), LoadSettings(contextTokens: 8192, microBatchTokens: 256, contextCheckpoints: 3))
        // Every second layer slides: window and micro-batch, 768 cells.
        #expect(bytes(.cache, estimate) == 2 * 8192 * perCell + 2 * 768 * perCell)
        #expect(bytes(.checkpoints, estimate) == 3 * 2 * 512 * perCell)
        // A window longer than the context changes nothing.
        let short = MemoryEstimate(try header(writer), LoadSettings(contextTokens: 512))
        #expect(bytes(.cache, short) == 4 * 512 * perCell)
    }

    @Test func fileOwnPatternWinsOverTheArchitecture() throws {
        var writer = GGUFTestWriter.smallModel(architecture: "gemma3")
        writer.entries += [
            ("gemma3.attention.sliding_window", .uint32(256)),
            ("gemma3.attention.sliding_window_pattern", .bools([true, true, true, false])),
        ]
        let estimate = MemoryEstimate(try header(writer), LoadSettings(contextTokens: 4096, microBatchTokens: 256))
        #expect(bytes(.cache, estimate) == (4096 + 3 * 512) * 64)
    }

    @Test func recurrentBlocksHoldStateInsteadOfCache() throws {
        var writer = GGUFTestWriter.smallModel(architecture: "jamba")
        writer.entries.removeAll { $0.0.hasSuffix("head_count_kv") }
        writer.entries += [
            ("jamba.attention.head_count_kv", .uint32s([0, 0, 0, 2])),
            ("jamba.ssm.conv_kernel", .uint32(4)), ("jamba.ssm.inner_size", .uint32(128)),
            ("jamba.ssm.state_size", .uint32(16)), ("jamba.ssm.group_count", .uint32(2)),
        ]
        let state = (3 * (128 + 2 * 2 * 16) + 16 * 128) * 4
        let settings = LoadSettings(contextTokens: 1024, parallelSlots: 2, contextCheckpoints: 1)
        let estimate = MemoryEstimate(try header(writer), settings)
        #expect(bytes(.cache, estimate) == 1024 * 64 + 3 * 2 * state)
        #expect(bytes(.checkpoints, estimate) == 2 * 3 * state)
    }

    @Test func encoderHasNoCacheAndAnOutputPerToken() throws {
        var writer = GGUFTestWriter.smallModel(architecture: "bert")
        writer.entries.append(("bert.pooling_type", .uint32(1)))
        let model = try header(writer)
        let estimate = MemoryEstimate(model, LoadSettings(contextTokens: 512, embeddings: true))
        #expect(bytes(.cache, estimate) == 0)
        #expect(!estimate.description.contains("KV cache"))
        let half = MemoryEstimate(model, LoadSettings(contextTokens: 512, embeddings: true, microBatchTokens: 256))
        #expect(bytes(.buffers, half) * 2 == bytes(.buffers, estimate))
    }

    @Test func offloadedLayersMoveToTheGPU() throws {
        let model = try header(.smallModel())
        let embedding = 4 * 64 * 100
        let block = 4 * (64 * 64 + 64 * 128)
        func weights(_ layers: Int) -> MemoryEstimate.Part? {
            MemoryEstimate(model, LoadSettings(contextTokens: 1024, gpuLayers: layers)).parts.first
        }
        #expect(weights(0)?.gpuBytes == 0)
        // The output layer counts as the last one; it is the embedding again, which the host needs as well.
        #expect(weights(1)?.gpuBytes == embedding)
        #expect(weights(2)?.gpuBytes == embedding + block)
        #expect(weights(99)?.gpuBytes == embedding + 4 * block)
        #expect(weights(99)?.hostBytes == embedding)
        let estimate = MemoryEstimate(model, LoadSettings(contextTokens: 1024, gpuLayers: 3))
        let cache = estimate.parts.first { $0.kind == .cache }
        #expect(cache?.gpuBytes == 2 * 1024 * 64)
        #expect(cache?.hostBytes == 2 * 1024 * 64)
        #expect(estimate.description.hasPrefix("host: "))
        #expect(estimate.description.contains("; GPU: "))
    }

    @Test func repackedMatricesCountTwiceOnlyWhenMapped() throws {
        var writer = GGUFTestWriter.smallModel()
        writer.tensors = [
            .init(name: "token_embd.weight", dimensions: [64, 128], type: 2, byteCount: 64 * 128 / 32 * 18),
            .init(name: "output.weight", dimensions: [64, 128], type: 2, byteCount: 64 * 128 / 32 * 18),
            .init(name: "blk.0.attn_q.weight", dimensions: [64, 64], type: 2, byteCount: 64 * 64 / 32 * 18),
            .init(name: "blk.0.attn_k.weight", dimensions: [64, 63], type: 2, byteCount: 64 * 63 / 32 * 18),
        ]
        let model = try header(writer)
        let mapped = WeightPlacement(model, LoadSettings(contextTokens: 512), repacking: ["Q4_0"])
        #expect(mapped.repackedBytes == (64 * 128 + 64 * 64) / 32 * 18)
        let copied = WeightPlacement(model, LoadSettings(contextTokens: 512, memoryMapped: false), repacking: ["Q4_0"])
        #expect(copied.repackedBytes == 0)
        #expect(copied.hostBytes == mapped.hostBytes)
    }

    @Test func projectorIsAdded() throws {
        var writer = GGUFTestWriter()
        writer.entries = [
            ("general.architecture", .string("clip")),
            ("clip.vision.image_size", .uint32(28)), ("clip.vision.patch_size", .uint32(14)),
            ("clip.vision.embedding_length", .uint32(32)), ("clip.vision.feed_forward_length", .uint32(64)),
            ("clip.vision.attention.head_count", .uint32(4)),
        ]
        writer.add("v.patch_embd.weight", [32, 32])
        let estimate = MemoryEstimate(
            try header(.smallModel()), LoadSettings(contextTokens: 512), projector: try header(writer))
        let tensors = 4 * 32 * 32 + 4 * 4 * (4 * 32 + 2 * 64) + 4 * 4 * 4 * 4
        #expect(bytes(.projector, estimate) == tensors + 6_000_000)
    }

    /// Figures measured on Linux x86 (proportional set size after prompts that fill the context, weights copied).
    @Test(
        .enabled(if: TestModels.path("SmolLM2-135M-Instruct-Q4_1.gguf") != nil),
        arguments: [(512, 1, 152), (2048, 1, 197), (4096, 1, 241), (4096, 4, 247), (4096, 8, 250), (8192, 8, 348)])
    func realModelIsNotBelowAndLittleAboveItsMeasurement(context: Int, slots: Int, megabytes: Int) throws {
        let model = try GGUFHeader.read(file: try #require(TestModels.path("SmolLM2-135M-Instruct-Q4_1.gguf")))
        let estimate = MemoryEstimate(
            model, LoadSettings(contextTokens: context, parallelSlots: slots, memoryMapped: false))
        #expect(estimate.hostBytes >= megabytes * 1_000_000)
        #expect(estimate.hostBytes <= megabytes * 1_150_000)
    }
}
