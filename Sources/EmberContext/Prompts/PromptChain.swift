import Crypto

/// What a prompt is made of, piece by piece: what frames it (tools, instructions), then messages, or blocks of a plain
/// text. Prompts that begin with the same pieces begin with the same marks, so that a conversation is found by its
/// content. Without the key a text cannot be compared with a mark.
public struct PromptChain: Sendable, Hashable {
    typealias Piece = UnsafeBufferPointer<UInt8>.SubSequence

    /// A prompt from its beginning to the end of one piece.
    public struct Mark: Sendable, Hashable {
        public let digest: KeyedDigest
        /// Of all pieces up to this one.
        public let bytes: Int

        public init(digest: KeyedDigest, bytes: Int) { (self.digest, self.bytes) = (digest, bytes) }
    }

    /// In the order of the pieces.
    public private(set) var marks: [Mark] = []

    /// Its pieces are blocks of a plain text: a longer text may go on within the last of them.
    public private(set) var isText = false

    /// A plain text is compared in pieces of this size.
    private static let blockBytes = 512

    public init() {}

    /// A chain that was written down.
    ///
    /// - Parameter isText: its pieces are blocks of a plain text.
    public init(marks: [Mark], isText: Bool = false) { (self.marks, self.isText) = (marks, isText) }

    /// Of all pieces.
    public var bytes: Int { marks.last?.bytes ?? 0 }

    /// How many pieces there are.
    public var count: Int { marks.count }

    /// The digest of all pieces; nil where there are none.
    public var id: KeyedDigest? { bytes > 0 ? marks.last?.digest : nil }

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

    /// The digests of all beginnings up to that one, from the shortest; none where the chain does not begin so.
    public func beginnings(upTo digest: KeyedDigest) -> [KeyedDigest] {
        guard let end = marks.firstIndex(where: { $0.digest == digest }) else { return [] }
        return marks[...end].filter { $0.bytes > 0 }.map(\.digest)
    }

    /// Whether the chain begins with all that stands before the mark of that digest.
    public func contains(_ digest: KeyedDigest) -> Bool { marks.contains { $0.digest == digest } }

    mutating func append(_ piece: Piece, key: ChainKey) { append([piece], key: key) }

    /// Adds a piece that stands in several places.
    mutating func append(_ parts: [Piece], key: ChainKey) {
        var hash = key.start
        withUnsafeBytes(of: marks.last?.digest ?? .none) { hash.update(data: $0) }
        for part in parts { hash.update(data: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: part))) }
        let digest = hash.finalize().withUnsafeBytes { KeyedDigest($0) }
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
    /// With the key in it already, as that takes longer than a short piece; each mark begins with a copy.
    fileprivate let start: HMAC<SHA256>

    /// Another one than any before.
    public init() { start = HMAC(key: SymmetricKey(size: .bits256)) }

    /// The key of these bytes: the same marks in every process that has them.
    public init(bytes: [UInt8]) { start = HMAC(key: SymmetricKey(data: bytes)) }
}
