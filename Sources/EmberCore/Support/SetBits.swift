/// The places of the bits that are set in a word, the lowest first. O(those).
struct SetBits: Sequence, IteratorProtocol {
    private var rest: UInt64

    init(of word: UInt64) { rest = word }

    mutating func next() -> Int? {
        guard rest != 0 else { return nil }
        defer { rest &= rest - 1 }
        return rest.trailingZeroBitCount
    }
}
