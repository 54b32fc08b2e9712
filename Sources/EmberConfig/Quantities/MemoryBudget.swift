public import EmberCore
public import EmberDocument

extension MemoryBudget {
    /// The budget that a text such as "8GiB" or "60%" stands for.
    public static func parse(_ text: String) throws(QuantityError) -> MemoryBudget {
        if text.hasSuffix("%") { return .share(try ShareFormat.parse(text)) }
        let bytes = try bytes(of: text)
        guard bytes > 0 else { throw QuantityError("leaves no memory for any model") }
        return .bytes(bytes)
    }

    /// The same of one GPU, of which nothing may be used: "0".
    static func parseOfGPU(_ text: String) throws(QuantityError) -> MemoryBudget {
        text == "0" ? .bytes(0) : try parse(text)
    }

    /// The text of the budget; `parse` gives the same budget back.
    public var text: String {
        switch self {
        case .bytes(let bytes): ByteFormat.format(bytes)
        case .share(let share): ShareFormat.format(share)
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
