import Foundation

/// A folder that is removed with its contents when the last reference goes.
final class TestFiles: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/ember-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, with its folders, and returns its path.
    @discardableResult
    func write(_ bytes: some Sequence<UInt8>, to name: String, isProgram: Bool = false) throws -> String {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes(
            [.posixPermissions: isProgram ? 0o755 : 0o644], ofItemAtPath: file)
        return file
    }

    /// The bytes of a small, complete GGUF file of a llama with one tensor.
    static func smallModel(architecture: String = "llama") -> [UInt8] {
        func little(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        func string(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }
        let numbers: [(String, UInt32)] = [
            ("context_length", 2048), ("block_count", 4), ("embedding_length", 64), ("feed_forward_length", 128),
            ("attention.head_count", 8), ("attention.head_count_kv", 2),
        ]
        var bytes = Array("GGUF".utf8) + little(UInt32(3)) + little(UInt64(1)) + little(UInt64(numbers.count + 1))
        bytes += string("general.architecture") + little(UInt32(8)) + string(architecture)
        for (key, value) in numbers { bytes += string(architecture + "." + key) + little(UInt32(4)) + little(value) }
        bytes += string("token_embd.weight") + little(UInt32(2)) + little(UInt64(64)) + little(UInt64(100))
        bytes += little(UInt32(0)) + little(UInt64(0))
        bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
        return bytes + [UInt8](repeating: 0, count: 4 * 64 * 100)
    }

    /// The bytes of a LoRA adapter with one tensor.
    static func smallAdapter(architecture: String = "llama") -> [UInt8] {
        func little(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        func string(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }
        let texts = [("general.architecture", architecture), ("general.type", "adapter"), ("adapter.type", "lora")]
        var bytes = Array("GGUF".utf8) + little(UInt32(3)) + little(UInt64(1)) + little(UInt64(texts.count))
        for (key, text) in texts { bytes += string(key) + little(UInt32(8)) + string(text) }
        bytes += string("blk.0.attn_q.weight.lora_a") + little(UInt32(1)) + little(UInt64(8))
        bytes += little(UInt32(0)) + little(UInt64(0))
        bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
        return bytes + [UInt8](repeating: 0, count: 32)
    }
}
