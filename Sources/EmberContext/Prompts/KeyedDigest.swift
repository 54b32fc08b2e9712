/// What stands for a text, where the text itself must not stand: the first half of an HMAC-SHA256. Two texts have the
/// same one with a probability of 2^-128. Without the key a text cannot be compared with it.
public struct KeyedDigest: Sendable, Hashable {
    public static let byteCount = 16

    private let high: UInt64
    private let low: UInt64

    /// Before the first piece of a chain.
    static let none = KeyedDigest(high: 0, low: 0)

    private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// - Parameter bytes: at least 16; those behind them do not count.
    public init(_ bytes: UnsafeRawBufferPointer) {
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// - Parameter hexadecimal: 32 digits; nil for anything else.
    public init?(hexadecimal text: some StringProtocol) {
        guard text.utf8.count == 2 * Self.byteCount, text.utf8.allSatisfy(Self.isDigit),
            let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    public var hexadecimal: String { Self.text(high) + Self.text(low) }

    /// As `init` reads them.
    public var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
    }

    private static func text(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// A sign before the digits would be read, too.
    private static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }
}
