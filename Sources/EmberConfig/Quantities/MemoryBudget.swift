/// How much memory models may use together: a number of bytes, or a share of the device's memory.
public enum MemoryBudget: Sendable, Equatable {
    case bytes(Int)
    /// Above 0, at most 1.
    case share(Double)

    /// The budget that a text such as "8GiB" or "60%" stands for.
    public static func parse(_ text: String) throws(QuantityError) -> MemoryBudget {
        if text.hasSuffix("%") { return .share(try ShareFormat.parse(text)) }
        let bytes = try bytes(of: text)
        guard bytes > 0 else { throw QuantityError("leaves no memory for any model") }
        return .bytes(bytes)
    }

    /// The text of the budget; `parse` gives the same budget back.
    public var text: String {
        switch self {
        case .bytes(let bytes): ByteFormat.format(bytes)
        case .share(let share): ShareFormat.format(share)
        }
    }

    /// The budget in bytes on a device that has `deviceBytes` of memory.
    public func bytes(ofDevice deviceBytes: Int) -> Int {
        switch self {
        case .bytes(let bytes): bytes
        case .share(let share): Int((share * Double(deviceBytes)).rounded(.down))
        }
    }

    private static func bytes(of text: String) throws(QuantityError) -> Int {
        do {
            return try ByteFormat.parse(text)
        } catch {
            guard error.reason == "is not a number of bytes" else { throw error }
            throw QuantityError("is neither a number of bytes nor a share")
        }
    }
}
