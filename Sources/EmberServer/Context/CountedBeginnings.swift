/// How many tokens an engine has counted for beginnings of the prompt that a slot holds: the prompts of the same
/// conversation that ran there before, each of which the next one began with.
struct CountedBeginnings: Sendable {
    /// In the order of their lengths.
    private var counted: [(bytes: Int, tokens: Int)] = []

    /// Of a longer conversation the first ones are forgotten: the next turn begins with the last.
    private static let most = 32

    /// Of the longest beginning; 0: none has been counted.
    var tokens: Int { counted.last?.tokens ?? 0 }

    /// Of the beginning of that length; 0: it has not been counted.
    func tokens(at bytes: Int) -> Int { counted.last { $0.bytes == bytes }?.tokens ?? 0 }

    /// The next prompt shares at most this many bytes with what is there.
    mutating func cut(to bytes: Int) {
        while let last = counted.last, last.bytes > bytes { counted.removeLast() }
    }

    /// - Parameter bytes: of the whole prompt; 0: it has no pieces that are known.
    mutating func note(tokens: Int, bytes: Int) {
        guard bytes > 0 else { return }
        cut(to: bytes - 1)
        counted.append((bytes, tokens))
        if counted.count > Self.most { counted.removeFirst() }
    }
}
