import EmberDocument

extension ValueType where Value == String {
    /// A path of a URL, from its slash.
    static let urlPath = ValueType.scalar(
        "a URL path", hint: "a path",
        schema: .orEnvironment(.object(["type": "string", "pattern": "^/"])), encode: { .string($0) },
        convert: { text throws(QuantityError) in
            guard text.hasPrefix("/") else { throw QuantityError("does not begin with a slash") }
            guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw QuantityError("has a space or a character that URLs cannot carry")
            }
            return text
        }
    )
}
