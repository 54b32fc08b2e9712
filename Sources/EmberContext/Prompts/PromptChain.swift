import Crypto

/// What a prompt is made of, piece by piece: what frames it (tools, instructions), then messages, or blocks of a plain
/// text. Prompts that begin with the same pieces begin with the same marks, so that a conversation is found by its
/// content. Without the key a text cannot be compared with a mark.
public struct PromptChain: Sendable, Hashable {
    typealias Piece = UnsafeBufferPointer<UInt8>.SubSequence

    /// A prompt from its beginning to the end of one piece.
    private struct Mark: Sendable, Hashable {
        let digest: Digest
        /// Of all pieces up to this one.
        let bytes: Int
    }

    /// The first half of a SHA-256: two prompts have the same one with a probability of 2^-128.
    private struct Digest: Sendable, Hashable {
        var high: UInt64 = 0
        var low: UInt64 = 0
    }

    /// In the order of the pieces.
    private var marks: [Mark] = []

    /// Its pieces are blocks of a plain text: a longer text may go on within the last of them.
    public private(set) var isText = false

    /// A plain text is compared in pieces of this size.
    private static let blockBytes = 512

    public init() {}

    /// Of all pieces.
    public var bytes: Int { marks.last?.bytes ?? 0 }

    /// How many pieces there are.
    public var count: Int { marks.count }

    /// How many bytes both begin with, up to the end of a piece.
    public func sharedBytes(with other: PromptChain) -> Int {
        let pieces = sharedPieces(with: other)
        return pieces == 0 ? 0 : marks[pieces - 1].bytes
    }

    /// How many pieces both begin with. O(log of the pieces): a mark says all before it.
    public func sharedPieces(with other: PromptChain) -> Int {
        var (low, high) = (0, min(marks.count, other.marks.count))
        while low < high {
            let middle = (low + high + 1) / 2
            if marks[middle - 1] == other.marks[middle - 1] { low = middle } else { high = middle - 1 }
        }
        return low
    }

    mutating func append(_ piece: Piece, key: ChainKey) { append([piece], key: key) }

    /// Adds a piece that stands in several places.
    mutating func append(_ parts: [Piece], key: ChainKey) {
        var hash = HMAC<SHA256>(key: key.key)
        withUnsafeBytes(of: marks.last?.digest ?? Digest()) { hash.update(data: $0) }
        for part in parts { hash.update(data: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: part))) }
        let digest = hash.finalize().withUnsafeBytes { $0.loadUnaligned(as: Digest.self) }
        marks.append(Mark(digest: digest, bytes: bytes + parts.reduce(0) { $0 + $1.count }))
    }

    /// Adds a plain text, of which a longer one may begin with the same.
    mutating func append(blocksOf text: Piece, key: ChainKey) {
        isText = true
        var rest = text
        while !rest.isEmpty {
            append(rest.prefix(Self.blockBytes), key: key)
            rest = rest.dropFirst(Self.blockBytes)
        }
    }
}

/// What marks are made with.
public struct ChainKey: Sendable {
    fileprivate let key: SymmetricKey

    /// Another one than any before.
    public init() { key = SymmetricKey(size: .bits256) }
}
