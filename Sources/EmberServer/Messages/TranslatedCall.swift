import EmberContext
import EmberCore
import Hummingbird
import NIOCore

/// A request for messages as engines receive it: as a chat. So it can say on which slot it runs, which llama-server
/// does not let messages say.
struct TranslatedCall: Sendable {
    let body: CallBody
    /// How its answer becomes messages again.
    let answer: MessagesAnswer

    /// The chat before its bytes have found their place, in memory or in a file.
    struct Draft: Sendable {
        fileprivate let bytes: ByteBuffer
        fileprivate let shape: RequestShape
        fileprivate let answer: MessagesAnswer

        /// What Ember needs to put demonstrations into it, and to give it a slot.
        func prompt(key: ChainKey) -> PromptBody? {
            bytes.withUnsafeReadableBytes { PromptBody($0.bindMemory(to: UInt8.self), shape, key: key) }
        }

        /// - Throws: `APIError` for what a chat cannot ask.
        init(_ asked: UnsafeBufferPointer<UInt8>, isForLlamaServer: Bool) throws {
            let translation = try MessagesTranslation(asked, isForLlamaServer: isForLlamaServer)
            do throws(BodyProblem) { shape = try RequestShape(translation.body, kind: .chat) } catch {
                throw APIError(error)
            }
            bytes = ByteBuffer(bytes: translation.body)
            answer = translation.answer
        }
    }

    nonisolated(nonsending) init(_ draft: consuming Draft, _ bodies: BodyStore, tenant: Int) async throws {
        (answer, body) = (
            draft.answer,
            CallBody(
                path: RequestKind.chat.path, draft.shape,
                try await bodies.collect(
                    RequestBody(buffer: draft.bytes), length: draft.bytes.readableBytes, limit: .max, tenant: tenant))
        )
    }
}

extension DeploymentState {
    /// The models whose engines may answer a request: the one that it asks for, and its service's stand-ins.
    func engines(for service: ServiceID, _ model: ModelID) -> [ModelID] {
        ([model] + catalogue[service].standIns.filter { $0 != model }).filter { self[$0].engine != nil }
    }

    /// The chat that engines receive for a request for messages; nil where none of them may answer it, or one answers
    /// messages itself and no chats.
    ///
    /// - Parameter unfit: takes in the engines where the request cannot be a chat, and the model has a cloud.
    /// - Throws: `APIError` where the request cannot be a chat, and the model has no cloud.
    func chatDraft(
        _ bytes: UnsafeBufferPointer<UInt8>, for engines: [ModelID], asking model: ModelID,
        unfit: inout [ModelID]
    ) throws -> TranslatedCall.Draft? {
        guard !engines.isEmpty, engines.allSatisfy({ self[$0].abilities.kinds.contains(.chat) }) else { return nil }
        let isForLlamaServer = engines.allSatisfy { self[$0].abilities.isLlamaServer }
        do {
            return try TranslatedCall.Draft(bytes, isForLlamaServer: isForLlamaServer)
        } catch {
            guard !self[model].clouds.isEmpty else { throw error }
            unfit += engines
            return nil
        }
    }
}
