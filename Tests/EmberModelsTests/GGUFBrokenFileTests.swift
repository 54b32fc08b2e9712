import EmberModels
import EmberTestSupport
import Foundation
import Testing

/// Whatever a file holds: an error that names it, or a header; never a crash, and little time and memory.
@Suite struct GGUFBrokenFileTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func failure(_ bytes: [UInt8]) throws -> String {
        let file = try folder.write(bytes, as: "broken.gguf")
        let error = #expect(throws: GGUFError.self) { try GGUFHeader.read(file: file) }
        return error?.description ?? ""
    }

    @Test func fileCutAtAnyByteIsAnError() throws {
        var writer = GGUFTestWriter.smallModel()
        writer.entries.removeAll { $0.0 == "tokenizer.ggml.tokens" }
        writer.tensors = [.init(name: "t", dimensions: [4], byteCount: 16)]
        let whole = writer.bytes()
        for length in 0..<whole.count {
            let message = try failure(Array(whole.prefix(length)))
            #expect(message.contains("broken.gguf"), "length \(length)")
            #expect(!message.contains("\n"))
        }
        #expect(throws: Never.self) { try GGUFHeader.read(file: folder.write(whole, as: "whole.gguf")) }
    }

    @Test func randomByteChangesNeverCrash() throws {
        var writer = GGUFTestWriter.smallModel()
        writer.tensors = writer.tensors.map { .init(name: $0.name, dimensions: [2, 8], byteCount: 64) }
        let whole = writer.bytes()
        let header = whole.count - 9 * 64
        var generator = SplitMix(state: 20_240_607)
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<1000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: 0..<header, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let file = try folder.write(bytes, as: "fuzz.gguf")
            guard let header = try? GGUFHeader.read(file: file) else { continue }
            // What still parses must not trap further on.
            for slots in [1, 1 << 40] {
                let settings = LoadSettings(contextTokens: 4096, parallelSlots: slots, gpuLayers: 3)
                #expect(MemoryEstimate(header, settings, projector: header).totalBytes >= 0)
            }
        }
        #expect(clock.now - start < .seconds(60))
    }

    @Test func madeUpCountsAreRefusedBeforeAnythingIsAllocated() throws {
        let writer = GGUFTestWriter()
        let start = Array("GGUF".utf8) + writer.little(UInt32(3))
        let huge = writer.little(UInt64.max)
        let zero = writer.little(UInt64(0))
        let one = writer.little(UInt64(1))
        #expect(try failure(start + huge + zero).contains("number of tensors"))
        #expect(try failure(start + zero + huge).contains("number of metadata entries"))
        #expect(try failure(start + zero + one + huge).contains("length of metadata key"))
        #expect(try failure(start + one + zero + huge).contains("length of tensor name"))
        #expect(try failure(Array("GGML".utf8) + writer.little(UInt32(3))).contains("magic"))
        #expect(try failure(Array("GGUF".utf8) + writer.little(UInt32(9))).contains("version 2 or 3"))
        #expect(try failure(Array("GGUF".utf8) + [0, 0, 0, 3]).contains("big-endian"))
    }

    @Test func hugeArrayOfAShortFileIsRefused() throws {
        var writer = GGUFTestWriter.smallModel()
        for element: UInt32 in [0, 8, 10] {
            let array = writer.little(element) + writer.little(UInt64(1) << 60)
            writer.entries.append(("x", .raw(type: 9, bytes: array)))
            #expect(try failure(writer.bytes()).contains("\"x\""))
            writer.entries.removeLast()
        }
        writer.entries.append(("x", .raw(type: 9, bytes: writer.little(UInt32(9)) + writer.little(UInt64(0)))))
        #expect(try failure(writer.bytes()).contains("array of arrays"))
        writer.entries[writer.entries.count - 1] = ("x", .raw(type: 13, bytes: []))
        #expect(try failure(writer.bytes()).contains("value type"))
    }

    @Test func impossibleTensorsAreNamed() throws {
        func message(_ tensor: GGUFTestWriter.Tensor) throws -> String {
            var writer = GGUFTestWriter.smallModel()
            writer.tensors.append(tensor)
            return try failure(writer.bytes())
        }
        let big = UInt64(1) << 40
        #expect(try message(.init(name: "w", dimensions: [big, big], byteCount: 4)).contains("below 2^63 elements"))
        #expect(try message(.init(name: "w", dimensions: [big], byteCount: 4)).contains("download complete"))
        #expect(try message(.init(name: "w", dimensions: [1, 1, 1, 1, 1], byteCount: 4)).contains("dimensions"))
        #expect(try message(.init(name: "w", dimensions: [4], type: 4, byteCount: 4)).contains("number 4"))
        #expect(try message(.init(name: "w", dimensions: [33], type: 8, byteCount: 34)).contains("multiples of 32"))
        #expect(try message(.init(name: "token_embd.weight", dimensions: [1], byteCount: 4)).contains("again"))
    }

    @Test func missingArchitectureAndRepeatedKeysAreErrors() throws {
        var writer = GGUFTestWriter()
        #expect(try failure(writer.bytes()).contains("general.architecture"))
        writer.entries = [("a", .bool(true)), ("a", .bool(true))]
        #expect(try failure(writer.bytes()).contains("\"a\" again"))
    }

    @Test func whatIsNotAFileIsRefused() throws {
        let missing = #expect(throws: GGUFError.self) { try GGUFHeader.read(file: folder.path + "/none.gguf") }
        #expect(missing?.description.contains("No such file") == true)
        let directory = #expect(throws: GGUFError.self) { try GGUFHeader.read(file: folder.path) }
        #expect(directory?.description.contains("not a regular file") == true)
        // Opening a pipe that no process writes to must not wait.
        let pipe = folder.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(throws: GGUFError.self) { try GGUFHeader.read(file: pipe) }
    }
}

/// A small generator with a fixed seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
