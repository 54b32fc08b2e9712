import EmberEngine
import Foundation
import Testing

@Suite struct GGUFHeaderTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func read(_ writer: GGUFTestWriter, as name: String = "model.gguf") throws -> GGUFHeader {
        try GGUFHeader.read(file: folder.write(writer.bytes(), as: name))
    }

    @Test(arguments: [UInt32(2), 3]) func readsShapeOfAModel(version: UInt32) throws {
        var writer = GGUFTestWriter.smallModel()
        writer.version = version
        let header = try read(writer)
        #expect(header.version == Int(version))
        #expect(header.architecture == "llama")
        #expect(header.name == "Small")
        #expect(header.contextLength == 2048)
        #expect(header.blockCount == 4)
        #expect(header.embeddingLength == 64)
        #expect(header.headCounts == [8, 8, 8, 8])
        #expect(header.keyValueHeadCounts == [2, 2, 2, 2])
        #expect(header.keyLength == 8)
        #expect(header.valueLength == 8)
        #expect(header.vocabularySize == 100)
        #expect(header.fileType == 0)
        #expect(header.poolingType == nil)
        let parameters = 64 * 100 + 4 * (64 * 64 + 64 * 128)
        #expect(header.parameterCount == parameters)
        #expect(header.weightBytes == 4 * parameters)
        #expect(header.bytesByType.map(\.bytes) == [4 * parameters])
        #expect(header.tensors[1].block == 0)
        #expect(header.tensors[0].block == nil)
    }

    @Test func perLayerArraysAndExplicitHeadWidthsWin() throws {
        var writer = GGUFTestWriter.smallModel()
        writer.entries.removeAll { $0.0.hasSuffix("head_count_kv") }
        writer.entries += [
            ("llama.attention.head_count_kv", .uint32s([2, 0, 2, 1])),
            ("llama.attention.key_length", .uint32(16)),
            ("llama.attention.value_length", .uint64(24)),
            ("llama.pooling_type", .uint32(1)),
        ]
        let header = try read(writer)
        #expect(header.keyValueHeadCounts == [2, 0, 2, 1])
        #expect(header.keyLength == 16)
        #expect(header.valueLength == 24)
        #expect(header.poolingType == 1)
        #expect(header.isEmbeddingModel)
    }

    /// Nought is a value that was given; what is below it is none.
    @Test func aValueOfNoughtCounts() throws {
        var writer = GGUFTestWriter.smallModel()
        writer.entries += [
            ("llama.pooling_type", .uint32(0)), ("llama.attention.key_length", .uint32(0)),
            ("llama.attention.value_length", .int8(-1)),
        ]
        let header = try read(writer)
        #expect(header.poolingType == 0 && !header.isEmbeddingModel)
        #expect(header.keyLength == 0 && header.valueLength == 8)
    }

    @Test func everyScalarKindIsKeptAndLongDataAreOnlyCounted() throws {
        var writer = GGUFTestWriter.smallModel()
        writer.entries += [
            ("a.int8", .int8(-5)), ("a.real", .float32(0.5)), ("a.bool", .bool(true)),
            ("a.flags", .bools([true, false])), ("a.long", .string(String(repeating: "x", count: 100_000))),
            ("a.many", .uint32s(Array(repeating: 7, count: 50_000))),
        ]
        let metadata = try read(writer).metadata
        #expect(metadata["a.int8"] == .integer(-5))
        #expect(metadata["a.real"] == .real(0.5))
        #expect(metadata["a.bool"] == .bool(true))
        #expect(metadata["a.flags"] == .integers([1, 0]))
        #expect(metadata["a.long"] == .longString(utf8Count: 100_000))
        #expect(metadata["a.many"] == .array(count: 50_000))
        #expect(metadata["tokenizer.ggml.tokens"] == .array(count: 100))
    }

    /// Bytes of 256 elements, worked out from the block layouts in ggml's documentation.
    @Test(arguments: [
        ("F32", 1024), ("F16", 512), ("BF16", 512), ("Q4_0", 144), ("Q4_1", 160), ("Q5_0", 176), ("Q5_1", 192),
        ("Q8_0", 272), ("Q2_K", 84), ("Q3_K", 110), ("Q4_K", 144), ("Q5_K", 176), ("Q6_K", 210), ("Q8_K", 292),
        ("IQ1_S", 50), ("IQ1_M", 56), ("IQ2_XXS", 66), ("IQ2_XS", 74), ("IQ2_S", 82), ("IQ3_XXS", 98),
        ("IQ3_S", 110), ("IQ4_NL", 144), ("IQ4_XS", 136), ("TQ1_0", 54), ("TQ2_0", 66), ("MXFP4", 136),
    ]) func tensorTypesHaveTheirBlockSizes(name: String, bytes: Int) throws {
        let type = try #require(GGMLType(named: name.lowercased()))
        #expect(type.byteCount(elements: 256) == bytes)
        #expect(GGMLType(code: type.code) == type)
    }

    @Test func splitModelIsSummedOverItsParts() throws {
        var first = GGUFTestWriter.smallModel()
        first.entries += [("split.no", .uint32(0)), ("split.count", .uint32(2))]
        var second = GGUFTestWriter()
        second.entries = [("split.no", .uint32(1)), ("split.count", .uint32(2))]
        second.add("blk.3.ffn_up.weight", [64, 128])
        let alone = try read(.smallModel()).weightBytes
        let other = try folder.write(second.bytes(), as: "m-00002-of-00002.gguf")
        let header = try read(first, as: "m-00001-of-00002.gguf")
        #expect(header.partCount == 2)
        #expect(header.weightBytes == alone + 4 * 64 * 128)
        #expect(throws: GGUFError.self) { try GGUFHeader.read(file: other) }
        try FileManager.default.removeItem(atPath: other)
        let error = #expect(throws: GGUFError.self) { try read(first, as: "m-00001-of-00002.gguf") }
        #expect(error?.description.contains("m-00002-of-00002.gguf") == true)
    }

    @Test(.enabled(if: TestModels.path("SmolLM2-135M-Instruct-Q4_1.gguf") != nil))
    func realModelHasItsPublishedShape() throws {
        let file = try #require(TestModels.path("SmolLM2-135M-Instruct-Q4_1.gguf"))
        let header = try GGUFHeader.read(file: file)
        #expect(header.architecture == "llama")
        #expect(header.blockCount == 30)
        #expect(header.embeddingLength == 576)
        #expect(header.keyValueHeadCounts.allSatisfy { $0 == 3 })
        #expect(header.vocabularySize == 49152)
        #expect(header.parameterCount == 134_515_008)
        #expect(header.weightBytes < header.fileBytes)
    }
}
