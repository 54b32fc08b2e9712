/// Writes small GGUF files, byte by byte, so that tests do not depend on the code they test.
package struct GGUFTestWriter {
    package enum Value {
        case uint32(UInt32)
        case uint64(UInt64)
        case int8(Int8)
        case float32(Float)
        case bool(Bool)
        case string(String)
        case uint32s([UInt32])
        case bools([Bool])
        case strings([String])
        case raw(type: UInt32, bytes: [UInt8])
    }

    package struct Tensor {
        package var name: String
        package var dimensions: [UInt64]
        package var type: UInt32 = 0
        package var byteCount: Int

        package init(name: String, dimensions: [UInt64], type: UInt32 = 0, byteCount: Int) {
            (self.name, self.dimensions, self.type, self.byteCount) = (name, dimensions, type, byteCount)
        }
    }

    package var version: UInt32 = 3
    package var entries: [(String, Value)] = []
    package var tensors: [Tensor] = []

    package init() {}

    /// A float tensor whose data are `4 * product(dimensions)` bytes.
    package mutating func add(_ name: String, _ dimensions: [UInt64]) {
        tensors.append(Tensor(name: name, dimensions: dimensions, byteCount: 4 * Int(dimensions.reduce(1, *))))
    }

    package func bytes() -> [UInt8] {
        var out: [UInt8] = Array("GGUF".utf8) + little(version)
        out += little(UInt64(tensors.count)) + little(UInt64(entries.count))
        for (key, value) in entries { out += string(key) + encoded(value) }
        var offset = 0
        for tensor in tensors {
            out += string(tensor.name) + little(UInt32(tensor.dimensions.count))
            for dimension in tensor.dimensions { out += little(dimension) }
            out += little(tensor.type) + little(UInt64(offset))
            offset += (tensor.byteCount + 31) / 32 * 32
        }
        guard let last = tensors.last else { return out }
        out += [UInt8](repeating: 0, count: (32 - out.count % 32) % 32)
        let end = offset - (last.byteCount + 31) / 32 * 32 + last.byteCount
        return out + [UInt8](repeating: 0, count: end)
    }

    private func encoded(_ value: Value) -> [UInt8] {
        switch value {
        case .uint32(let value): little(UInt32(4)) + little(value)
        case .uint64(let value): little(UInt32(10)) + little(value)
        case .int8(let value): little(UInt32(1)) + [UInt8(bitPattern: value)]
        case .float32(let value): little(UInt32(6)) + little(value.bitPattern)
        case .bool(let value): little(UInt32(7)) + [value ? 1 : 0]
        case .string(let value): little(UInt32(8)) + string(value)
        case .uint32s(let values): array(4, values.count) + values.flatMap { little($0) }
        case .bools(let values): array(7, values.count) + values.map { $0 ? 1 : 0 }
        case .strings(let values): array(8, values.count) + values.flatMap { string($0) }
        case .raw(let type, let bytes): little(type) + bytes
        }
    }

    private func array(_ type: UInt32, _ count: Int) -> [UInt8] {
        little(UInt32(9)) + little(type) + little(UInt64(count))
    }

    private func string(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }

    package func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

extension GGUFTestWriter {
    /// A llama-like model: 4 blocks, 8 heads of width 8, 2 key/value heads, tied embedding, 100 tokens.
    package static func smallModel(architecture: String = "llama") -> GGUFTestWriter {
        var writer = GGUFTestWriter()
        writer.entries = [
            ("general.architecture", .string(architecture)),
            ("general.name", .string("Small")),
            ("general.file_type", .uint32(0)),
            ("\(architecture).context_length", .uint32(2048)),
            ("\(architecture).block_count", .uint32(4)),
            ("\(architecture).embedding_length", .uint32(64)),
            ("\(architecture).feed_forward_length", .uint32(128)),
            ("\(architecture).attention.head_count", .uint32(8)),
            ("\(architecture).attention.head_count_kv", .uint32(2)),
            ("tokenizer.ggml.tokens", .strings((0..<100).map { "token\($0)" })),
        ]
        writer.add("token_embd.weight", [64, 100])
        for block in 0..<4 {
            writer.add("blk.\(block).attn_q.weight", [64, 64])
            writer.add("blk.\(block).ffn_gate.weight", [64, 128])
        }
        return writer
    }
}
