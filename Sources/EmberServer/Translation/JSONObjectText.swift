import EmberContext

/// A JSON object as it is written, member by member.
struct JSONObjectText {
    private var text: [UInt8] = [UInt8(ascii: "{")]

    /// - Parameter value: JSON, which is taken as it is.
    mutating func add(_ key: StaticString, json value: some Collection<UInt8>) {
        if text.count > 1 { text.append(UInt8(ascii: ",")) }
        text.append(UInt8(ascii: "\""))
        text.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        text.append(contentsOf: "\":".utf8)
        text.append(contentsOf: value)
    }

    mutating func add(_ key: StaticString, _ value: String) { add(key, json: JSONLiteral.string(value).utf8) }

    mutating func add(_ key: StaticString, _ value: Int) { add(key, json: String(value).utf8) }

    mutating func add(_ key: StaticString, _ value: Bool) { add(key, json: (value ? "true" : "false").utf8) }

    /// Nothing where there is no number.
    mutating func add(_ key: StaticString, ifKnown value: Int?) { if let value { add(key, value) } }

    var bytes: [UInt8] { text + [UInt8(ascii: "}")] }
}

/// The same for an array.
struct JSONArrayText {
    private var text: [UInt8] = [UInt8(ascii: "[")]

    mutating func add(json value: some Collection<UInt8>) {
        if text.count > 1 { text.append(UInt8(ascii: ",")) }
        text.append(contentsOf: value)
    }

    var isEmpty: Bool { text.count == 1 }

    var bytes: [UInt8] { text + [UInt8(ascii: "]")] }
}
