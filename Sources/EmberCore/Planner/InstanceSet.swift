/// A set of instances that is gone through in the order of ids: a bit for each. O(1) to change, O(instances / 64) to go
/// through.
struct InstanceSet: Sequence, Codable, Sendable {
    private var words: [UInt64]

    init(instances: Int) { words = Array(repeating: 0, count: (instances + 63) / 64) }

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    func contains(_ instance: InstanceID) -> Bool { words[instance.index >> 6] & bit(instance) != 0 }

    mutating func insert(_ instance: InstanceID) { words[instance.index >> 6] |= bit(instance) }

    mutating func remove(_ instance: InstanceID) { words[instance.index >> 6] &= ~bit(instance) }

    private func bit(_ instance: InstanceID) -> UInt64 { 1 << UInt64(instance.index & 63) }

    func makeIterator() -> Iterator { Iterator(words: words) }

    struct Iterator: IteratorProtocol {
        private let words: [UInt64]
        private var place = 0
        /// Of the present word, those that are still to come.
        private var rest: SetBits

        fileprivate init(words: [UInt64]) {
            self.words = words
            rest = SetBits(of: words.first ?? 0)
        }

        mutating func next() -> InstanceID? {
            while true {
                if let bit = rest.next() { return InstanceID(place << 6 + bit) }
                place += 1
                guard place < words.count else { return nil }
                rest = SetBits(of: words[place])
            }
        }
    }
}
