import EmberSystem
import Synchronization

/// Names of requests that cannot be guessed: feedback and explanations are given to those who know one.
final class RequestNames: Sendable {
    private let supply: Mutex<RandomSupply>

    init(_ random: RandomSource) { supply = Mutex(RandomSupply(random)) }

    /// 32 hexadecimal digits.
    func next() -> String {
        let bits = supply.withLock { ($0.next(), $0.next()) }
        let digits: StaticString = "0123456789abcdef"
        return String(unsafeUninitializedCapacity: 32) { buffer in
            for index in 0..<32 {
                let half = index < 16 ? bits.0 : bits.1
                buffer[index] = digits.utf8Start[Int(half >> UInt64(4 * (index % 16)) & 15)]
            }
            return 32
        }
    }
}

/// Random bits, had many at a time: a call of the system for each name is a good part of what a name takes.
private struct RandomSupply {
    private static let count = 32
    private let random: RandomSource
    private var words: [UInt64] = []

    init(_ random: RandomSource) { self.random = random }

    mutating func next() -> UInt64 {
        if words.isEmpty { words = random.words(Self.count) }
        return words.removeLast()
    }
}
