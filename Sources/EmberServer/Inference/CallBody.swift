import EmberContext
import NIOCore

/// A request's body in one form: where it goes, and what Ember may write into it.
struct CallBody: Sendable {
    /// Canonical, with its query: see `RequestTarget`.
    let path: String
    let shape: RequestShape
    private let stored: StoredBody

    init(path: String, _ shape: RequestShape, _ stored: StoredBody) {
        (self.path, self.shape, self.stored) = (path, shape, stored)
    }

    var count: Int { stored.count }
    var form: APIForm { APIForm(shape.kind) }
    var format: PromptFormat? { shape.kind?.format }

    /// The body for a model of that name: its bytes, with only the model's name replaced where it differs, and what the
    /// edits say.
    func outgoing(for name: String, _ edits: [BodyEdit] = []) -> OutgoingBody {
        var edits = edits
        if let range = shape.modelRange, shape.model != name { edits.append(BodyEdit(range, JSONLiteral.string(name))) }
        return stored.edited(edits)
    }

    /// One more member, at the end of the body's object.
    func member(_ text: String) -> [BodyEdit] {
        [.insertion(at: shape.closingBrace, shape.isEmpty ? text : ",\(text)")]
    }

    nonisolated(nonsending) func read<Value: Sendable>(
        _ parse: @escaping @Sendable (UnsafeBufferPointer<UInt8>) throws -> Value
    ) async throws -> Value {
        try await stored.read(parse)
    }
}
