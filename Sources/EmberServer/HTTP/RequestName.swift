import Foundation
import Synchronization

/// Names of requests that cannot be guessed: feedback and explanations are given to those who know one.
enum RequestName {
    private static let supply = Mutex(RandomSupply())

    /// 32 hexadecimal digits.
    static func random() -> String {
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

/// The system's random bits, had many at a time: a call of the system for each name is a good part of what a name
/// takes.
private struct RandomSupply {
    private static let count = 32
    private var words: [UInt64] = []

    mutating func next() -> UInt64 {
        if words.isEmpty { refill() }
        return words.removeLast()
    }

    private mutating func refill() {
        words = [UInt64](repeating: 0, count: Self.count)
        let status = words.withUnsafeMutableBytes { getentropy($0.baseAddress!, $0.count) }
        // Systems without it still have random numbers.
        if status != 0 { words = words.map { _ in .random(in: .min ... .max) } }
    }
}
