import EmberContext
import NIOCore

/// A request's body: in memory where it is short, else in a file without a name.
///
/// Its bytes count as in flight until the last copy of this value is gone.
struct StoredBody: Sendable {
    enum Content: Sendable {
        case memory(ByteBuffer)
        case file(BodyFile, count: Int)
    }

    let content: Content
    private let lease: BodyLease

    init(_ content: Content, lease: BodyLease) {
        self.content = content
        self.lease = lease
    }

    var count: Int {
        switch content {
        case .memory(let bytes): bytes.readableBytes
        case .file(_, let count): count
        }
    }

    /// What `parse` makes of the bytes, which are contiguous. Long bodies are parsed off the caller's event loop.
    ///
    /// - Parameter passes: how often it walks over the bytes, about.
    nonisolated(nonsending) func read<Value: Sendable>(
        passes: Int = 1, _ parse: @escaping @Sendable (UnsafeBufferPointer<UInt8>) throws -> Value
    ) async throws -> Value {
        try await BodyWork.run(on: passes * count) { [content] in
            switch content {
            case .memory(let bytes): try Self.withBytes(bytes, parse)
            case .file(let file, let count): try file.withBytes(count, parse)
            }
        }
    }

    private static func withBytes<Value>(
        _ bytes: ByteBuffer, _ body: (UnsafeBufferPointer<UInt8>) throws -> Value
    ) rethrows -> Value {
        try bytes.withUnsafeReadableBytes { try body($0.bindMemory(to: UInt8.self)) }
    }

    /// The body as it goes out: the client's own bytes but for the edits, which do not overlap.
    func edited(_ edits: [BodyEdit]) -> OutgoingBody {
        switch content {
        case .memory(let bytes) where edits.isEmpty: .memory(bytes)
        case .memory(let bytes): .memory(ByteBuffer(bytes: BodyEdit.apply(edits, to: bytes.readableBytesView)))
        case .file(let file, let count): .file(EditedFile(file, count: count, edits: edits))
        }
    }
}

/// A body as it is sent to an engine or upstream.
enum OutgoingBody: Sendable {
    case memory(ByteBuffer)
    case file(EditedFile)
}
