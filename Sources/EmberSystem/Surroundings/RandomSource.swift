import Foundation

/// Random numbers, given at the start.
public struct RandomSource: RandomNumberGenerator, Sendable {
    private let fill: @Sendable (inout [UInt64]) -> Void

    /// The machine's, had by one call of the system however many are wanted.
    public static let system = RandomSource(filling: { numbers in
        let status = numbers.withUnsafeMutableBytes { getentropy($0.baseAddress!, $0.count) }
        // Systems without it still have random numbers.
        if status != 0 { numbers = numbers.map { _ in .random(in: .min ... .max) } }
    })

    private init(filling fill: @escaping @Sendable (inout [UInt64]) -> Void) { self.fill = fill }

    public init(_ draw: @escaping @Sendable () -> UInt64) {
        fill = { numbers in numbers = numbers.map { _ in draw() } }
    }

    public func next() -> UInt64 { words(1)[0] }

    /// At most 32.
    public func words(_ count: Int) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: count)
        fill(&words)
        return words
    }
}
