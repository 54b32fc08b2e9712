import EmberCore
import Foundation
import Testing

@testable import EmberContext
@testable import EmberEngine
@testable import EmberModels
@testable import EmberServer

@Suite struct ModelAbilitiesTests {
    private func abilities(
        _ arguments: [String] = [], context: Int = 4096, parallel: Int = 4, embeddings: Bool = false,
        architecture: String = "llama", trained: Int = 8192, variables: [String] = []
    ) throws -> ModelAbilities {
        let file = try TemporaryModel(architecture: architecture, trained: trained)
        let options = LlamaServerOptions(
            program: "llama-server", modelPath: file.path, contextTokens: context, parallel: parallel,
            embeddings: embeddings, extraArguments: arguments)
        return ModelAbilities(
            options, try GGUFHeader.read(file: file.path), projector: nil, variables: variables)
    }

    private func shape(_ text: String, _ kind: RequestKind) throws -> RequestShape {
        try RequestShape(Array(text.utf8), kind: kind)
    }

    @Test func aChatModelAnswersPrompts() throws {
        let kinds = try abilities().kinds
        #expect(kinds == [.chat, .completions, .responses, .messages, .countTokens])
        #expect(try abilities().pictures == .none)
        #expect(try abilities(["--no-mmap"]).kinds == kinds)
    }

    @Test func flagsChangeWhatAnEngineServes() throws {
        #expect(try abilities(embeddings: true).kinds == [.embeddings])
        #expect(try abilities(["--embedding"]).kinds == [.embeddings])
        #expect(try abilities(["--reranking"]).kinds == [.rerank, .embeddings])
        #expect(try abilities(["--mmproj", "p.gguf"]).pictures == .accepted)
        #expect(try abilities(["-m", "other.gguf"]).kinds == Set(RequestKind.allCases))
        #expect(try abilities(variables: ["PATH", "LLAMA_ARG_EMBEDDINGS"]).kinds == Set(RequestKind.allCases))
        #expect(try abilities(architecture: "nomic-bert").kinds.isEmpty)
        #expect(try abilities(embeddings: true, architecture: "nomic-bert").kinds == [.embeddings])
    }

    @Test func theLengthOfVectorsIsInTheHeader() throws {
        let body = { (count: Int) in #"{"input":"a","dimensions":\#(count)}"# }
        let exact = try shape(body(64), .embeddings)
        let shorter = try shape(body(8), .embeddings)
        var able = try abilities(embeddings: true)
        #expect(able.obstacle(to: exact) == nil)
        #expect(able.obstacle(to: shorter) == .dimensions(8, .init(length: 64, canBeCut: false)))
        able.vectors?.canBeCut = true
        #expect(able.obstacle(to: shorter) == nil)
    }

    @Test func theWindowIsOneRequests() throws {
        #expect(try abilities().window?.tokens == 4096)
        // llama.cpp rounds up to 256, and keeps to what the model was trained for.
        #expect(try abilities(context: 1000, parallel: 3).window?.tokens == 1024)
        #expect(try abilities(context: 100_000, parallel: 1, trained: 2048).window?.tokens == 2048)
    }

    @Test(arguments: [
        ["-c", "9999"], ["--ctx-size", "9999"], ["-np", "1"], ["--parallel", "1"], ["-kvu"], ["--kv-unified"],
        ["--kv-unified-per-slot", "9"], ["--context-shift"], ["--chat-template", "x"], ["--override-kv", "x=int:1"],
    ])
    func whereFlagsChangeTheWindowNothingIsCertain(_ arguments: [String]) throws {
        #expect(try abilities(arguments).window == nil)
    }

    @Test func whatIsTooLongByJustOneTokenIsRefused() throws {
        var abilities = ModelAbilities()
        abilities.window = .init(tokens: 10, longestToken: 4)
        func obstacle(_ bytes: Int, _ kind: RequestKind = .completions) throws -> ModelAbilities.Obstacle? {
            let text = String(repeating: "a", count: bytes)
            return abilities.obstacle(to: try shape(#"{"prompt":"\#(text)"}"#, kind))
        }
        #expect(try obstacle(40) == nil)
        guard case .tooLong(let bounds, _)? = try obstacle(41) else {
            Issue.record("41 bytes are at least 11 tokens")
            return
        }
        #expect(bounds.lower == 11)
    }
}

/// A file that has no more than a header.
private struct TemporaryModel: ~Copyable {
    let path = NSTemporaryDirectory() + "abilities-\(UInt64.random(in: 0...UInt64.max)).gguf"

    init(architecture: String, trained: Int) throws {
        var bytes = Data("GGUF".utf8)
        func integer<Value: FixedWidthInteger>(_ value: Value) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        func text(_ text: String) {
            integer(UInt64(text.utf8.count))
            bytes.append(contentsOf: text.utf8)
        }
        integer(UInt32(3))
        integer(UInt64(0))
        integer(UInt64(3))
        text("general.architecture")
        integer(UInt32(8))
        text(architecture)
        text("\(architecture).context_length")
        integer(UInt32(4))
        integer(UInt32(trained))
        text("\(architecture).embedding_length")
        integer(UInt32(4))
        integer(UInt32(64))
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
