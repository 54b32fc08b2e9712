import EmberEngine
import EmberSystem
import Foundation
import NIOCore
import NIOHTTP1

/// Small questions to a llama-server, beside the requests that it serves.
struct EngineTalk: Sendable {
    private let wire: WireClient

    init(_ time: TimeSource, _ connector: WireConnector) { wire = WireClient(time: time, connector: connector) }

    /// The result of saving, restoring or erasing a slot.
    struct SlotAnswer: Decodable, Sendable {
        var n_saved: Int?
        var n_restored: Int?
        var n_written: Int?
        var n_erased: Int?
        var timings: Timings?

        struct Timings: Decodable, Sendable {
            /// In which the engine did nothing else.
            var save_ms: Double?
        }
    }

    enum Problem: Error, CustomStringConvertible {
        case status(Int, String)
        case unreadable

        var description: String {
            switch self {
            case .status(let status, let body): "status \(status): \(body)"
            case .unreadable: "its answer cannot be read"
            }
        }
    }

    /// - Parameter action: save, restore or erase.
    /// - Parameter file: a name made by Ember, within the folder that the engine was started with.
    func slot(
        _ slot: Int, _ action: String, file: String = "", of engine: any ResidentEngine, claim: WireClaim? = nil
    ) async throws -> SlotAnswer {
        try await ask("/slots/\(slot)?action=\(action)", ["filename": file], of: engine, claim: claim)
    }

    /// How many tokens each text has for the engine's model, without what a template adds.
    func countTokens(_ text: String, of engine: any ResidentEngine) async throws -> Int {
        struct Answer: Decodable { var tokens: [Int] }
        let answer: Answer = try await ask("/tokenize", ["content": text], of: engine)
        return answer.tokens.count
    }

    /// The vectors of texts, in their order.
    func embed(_ texts: [String], by model: String, of engine: any ResidentEngine) async throws -> [[Float]] {
        struct Question: Encodable {
            var model: String
            var input: [String]
        }
        struct Answer: Decodable {
            struct Item: Decodable {
                var index: Int
                var embedding: [Float]
            }
            var data: [Item]
        }
        let answer: Answer = try await ask("/v1/embeddings", Question(model: model, input: texts), of: engine)
        guard answer.data.count == texts.count else { throw Problem.unreadable }
        return answer.data.sorted { $0.index < $1.index }.map(\.embedding)
    }

    /// Has the engine work on a prompt without an answer worth having.
    func prefill(_ path: String, _ body: [UInt8], of engine: any ResidentEngine, claim: WireClaim?) async throws {
        struct Answer: Decodable {}
        let _: Answer = try await post(path, ByteBuffer(bytes: body), to: engine, claim: claim)
    }

    func ask<Answer: Decodable>(
        _ path: String, _ question: some Encodable, of engine: any ResidentEngine, claim: WireClaim? = nil
    ) async throws -> Answer {
        try await post(path, ByteBuffer(bytes: JSONEncoder().encode(question)), to: engine, claim: claim)
    }

    private func post<Answer: Decodable>(
        _ path: String, _ body: ByteBuffer, to engine: any ResidentEngine, claim: WireClaim? = nil
    ) async throws -> Answer {
        let request = WireRequest(
            path: path, headers: ["content-type": "application/json"], body: body, claim: claim)
        let answer = try await wire.post(request, to: engine.baseURL)
        var bytes = ByteBuffer()
        switch answer.content {
        case .whole(let whole): bytes = whole
        case .pieces(let pieces): while var piece = try await pieces.next() { bytes.writeBuffer(&piece) }
        }
        guard answer.head.status == .ok else {
            throw Problem.status(Int(answer.head.status.code), String(buffer: bytes).prefix(200).description)
        }
        guard let read = try? JSONDecoder().decode(Answer.self, from: Data(bytes.readableBytesView)) else {
            throw Problem.unreadable
        }
        return read
    }
}
