import EmberContext

/// The members of one JSON object, by where their values stand: values that are only passed on keep their bytes, and
/// with them the order of their keys and the form of their numbers.
///
/// Only within the call that lends the bytes.
struct JSONMembers {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var places: [(key: String, value: Range<Int>)] = []

    typealias Value = UnsafeBufferPointer<UInt8>.SubSequence

    /// - Throws: `JSONMalformed`; `NoObject` where the value is of another kind.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        self.bytes = bytes
        var (scanner, places) = (JSONScanner(bytes, mostValues: BodyBounds.values), self.places)
        guard scanner.skipSpace() == UInt8(ascii: "{") else { throw NoObject() }
        try scanner.members { key, scanner in places.append((scanner.decoded(key), try scanner.skipValue())) }
        try scanner.end()
        self.places = places
    }

    init(_ value: Value) throws { try self.init(UnsafeBufferPointer(rebasing: value)) }

    struct NoObject: Error {}

    /// In their order; of equal keys each.
    var all: [(key: String, value: Value)] { places.map { ($0.key, bytes[$0.value]) } }

    /// The value of the last such key; nil where it is missing, or null.
    subscript(key: String) -> Value? {
        guard let range = places.last(where: { $0.key == key })?.value else { return nil }
        return bytes[range].elementsEqual("null".utf8) ? nil : bytes[range]
    }
}

// What a value is.
extension JSONMembers.Value {
    var isString: Bool { first == UInt8(ascii: "\"") }
    var isObject: Bool { first == UInt8(ascii: "{") }
    var isArray: Bool { first == UInt8(ascii: "[") }
    var isNumber: Bool { first.map { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) } ?? false }
    /// Of a string: whether it is empty.
    var isBlank: Bool { elementsEqual("\"\"".utf8) }

    /// As it stands there.
    var spelling: String { String(decoding: self, as: UTF8.self) }

    /// Of a string: what stands between its quotes.
    var inner: Self { dropFirst().dropLast() }

    /// Without white space between values, and with no more escapes in strings than they need. O(bytes).
    var compact: [UInt8] {
        var (compact, place) = ([UInt8](), startIndex)
        compact.reserveCapacity(count)
        while place < endIndex {
            switch self[place] {
            case 0x20, 0x09, 0x0A, 0x0D: place += 1
            case UInt8(ascii: "\""):
                let text = self[place..<endOfText(from: place)]
                if text.contains(UInt8(ascii: "\\")), let string = text.string {
                    compact.append(contentsOf: JSONLiteral.string(string).utf8)
                } else {
                    compact.append(contentsOf: text)
                }
                place = text.endIndex
            case let byte:
                compact.append(byte)
                place += 1
            }
        }
        return compact
    }

    /// Behind the string that begins there.
    private func endOfText(from start: Int) -> Int {
        var place = start + 1
        while place < endIndex, self[place] != UInt8(ascii: "\"") {
            place += self[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return Swift.min(place + 1, endIndex)
    }

    /// What a string means; nil for other values.
    var string: String? {
        guard isString else { return nil }
        var scanner = JSONScanner(UnsafeBufferPointer(rebasing: self))
        _ = scanner.skipSpace()
        return (try? scanner.text()).map { scanner.decoded($0) }
    }

    /// nil for other values than true and false.
    var bool: Bool? {
        if elementsEqual("true".utf8) { return true }
        return elementsEqual("false".utf8) ? false : nil
    }

    var number: Double? { isNumber ? Double(spelling) : nil }

    /// A number that may be written with a fraction, as `8.0`; nil for what is none, or is too large to be exact.
    var integer: Int? {
        number.flatMap { abs($0) < Self.firstInexact ? Int($0.rounded(.towardZero)) : nil }
    }

    private static var firstInexact: Double { 0x1p53 }

    /// The elements of an array.
    func elements() throws -> [Self] {
        let bytes = UnsafeBufferPointer(rebasing: self)
        var (scanner, elements) = (JSONScanner(bytes), [Self]())
        _ = scanner.skipSpace()
        try scanner.elements { scanner in elements.append(bytes[try scanner.skipValue()]) }
        return elements
    }
}
