/// An amount of memory, in bytes.
public struct Bytes: Hashable, Comparable, Codable, Sendable {
    public var count: Int
    public init(_ count: Int) { self.count = count }

    public static let zero = Bytes(0)
    public static func mebibytes(_ count: Int) -> Bytes { Bytes(count << 20) }

    /// For people: "98 MB", in millions of bytes.
    public var megabytes: String { "\((count + 500_000) / 1_000_000) MB" }

    public static func < (a: Bytes, b: Bytes) -> Bool { a.count < b.count }
    public static func + (a: Bytes, b: Bytes) -> Bytes { Bytes(a.count + b.count) }
    public static func - (a: Bytes, b: Bytes) -> Bytes { Bytes(a.count - b.count) }
    public static func += (a: inout Bytes, b: Bytes) { a.count += b.count }
    public static func -= (a: inout Bytes, b: Bytes) { a.count -= b.count }
}
