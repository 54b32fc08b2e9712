import EmberStore

/// Bytes as an upload brings them: in pieces, possibly with a failure at the end.
struct Pieces: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    let pieces: [[UInt8]]
    let failure: (any Error)?

    init(_ pieces: [[UInt8]], failure: (any Error)? = nil) {
        self.pieces = pieces
        self.failure = failure
    }

    /// A text cut into pieces of a length.
    init(_ text: String, length: Int = 7) {
        let bytes = Array(text.utf8)
        self.init(stride(from: 0, to: bytes.count, by: length).map { Array(bytes[$0...].prefix(length)) })
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: pieces[...], failure: failure) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ArraySlice<[UInt8]>
        let failure: (any Error)?

        mutating func next() async throws -> [UInt8]? {
            if let piece = rest.popFirst() { return piece }
            if let failure { throw failure }
            return nil
        }
    }
}

/// All lines of an export.
func exported(_ store: ContextStore, _ tenant: String, service: String? = nil) async throws -> [[UInt8]] {
    var lines: [[UInt8]] = []
    for try await line in try await store.export(tenant: tenant, service: service) { lines.append(line) }
    return lines
}
