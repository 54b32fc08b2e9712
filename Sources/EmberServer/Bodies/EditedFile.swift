import EmberContext
import EmberEngine
import NIOCore
import NIOPosix

/// A body in a file as it is sent: with its edits, piece by piece, and from the start for each try.
struct EditedFile: Sendable {
    private enum Source {
        /// Of the file, from there on.
        case file(Int)
        case text(ByteBuffer)
    }

    private struct Part {
        /// Where it stands in what is sent.
        let range: Range<Int>
        let source: Source
    }

    private let file: BodyFile
    private let parts: [Part]
    /// Of what is sent.
    let count: Int

    /// How much of the file is in memory at once.
    private static let largestPiece = 256 << 10

    /// - Parameters:
    ///   - count: of the file's bytes.
    ///   - edits: do not overlap.
    init(_ file: BodyFile, count: Int, edits: [BodyEdit]) {
        self.file = file
        var (parts, end): ([Part], Int) = ([], 0)
        func add(_ count: Int, _ source: Source) {
            guard count > 0 else { return }
            parts.append(Part(range: end..<(end + count), source: source))
            end += count
        }
        var position = 0
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            add(edit.range.lowerBound - position, .file(position))
            let text = ByteBuffer(string: edit.text)
            add(text.readableBytes, .text(text))
            position = edit.range.upperBound
        }
        add(count - position, .file(position))
        self.parts = parts
        self.count = end
    }

    /// The bytes from `offset` on, as many as make a piece. It blocks.
    func piece(at offset: Int) throws -> ByteBuffer {
        guard let part = parts.first(where: { $0.range.contains(offset) }) else { return ByteBuffer() }
        let (skipped, left) = (offset - part.range.lowerBound, part.range.upperBound - offset)
        switch part.source {
        case .file(let start): return try file.read(at: start + skipped, count: Swift.min(left, Self.largestPiece))
        case .text(let text):
            let length = Swift.min(left, Self.largestPiece)
            return text.getSlice(at: text.readerIndex + skipped, length: length) ?? ByteBuffer()
        }
    }
}

extension EditedFile: WirePieces {
    func piece(at offset: Int, on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer> {
        NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { try piece(at: offset) }
    }
}

/// For upstreams.
extension EditedFile: AsyncSequence {
    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let body: EditedFile
        private var offset = 0

        fileprivate init(_ body: EditedFile) { self.body = body }

        mutating func next() async throws -> ByteBuffer? {
            guard offset < body.count else { return nil }
            let piece = try await NIOThreadPool.singleton.runIfActive { [body, offset] in try body.piece(at: offset) }
            offset += piece.readableBytes
            return piece
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}
