/// What a whole JSON answer is made of, read once over its bytes: no more of it than shows whether it is what was asked
/// for. Odd numbers and characters are the client's to judge, which may well know what NaN is. O(bytes).
struct AnswerOutline {
    enum End {
        case whole
        /// Its end is missing.
        case cut
        /// Something stands behind it.
        case more
    }

    /// The first byte of the text, white space apart; nil: there is none.
    private(set) var first: UInt8?
    /// The first byte of the declared member's value; nil where no member has that name.
    private(set) var declared: UInt8?
    /// Whether it has an `error` that says something.
    private(set) var tellsError = false
    private(set) var end = End.whole

    private let names: [StaticString]
    private var depth = 0
    /// The member of the outermost object that is being read.
    private var key: UnsafeRawBufferPointer.SubSequence?
    private var valueBegan: Int?

    /// - Parameters:
    ///   - bytes: of which the first `most` are read.
    ///   - names: of members; one of them is due.
    ///   - isAll: whether the text ends with the bytes.
    init(_ bytes: UnsafeRawBufferPointer, looksFor names: [StaticString], isAll: Bool, most: Int) {
        self.names = names
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        let isClosed = read(UnsafeRawBufferPointer(rebasing: bytes.prefix(most)), from: hasMark ? 3 : 0)
        // Pointers are of no use any more.
        key = nil
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "["), isAll, !isClosed else { return }
        let last = bytes.last { !Self.isBlank($0) }
        if bytes.count <= most || (last != UInt8(ascii: "}") && last != UInt8(ascii: "]")) { end = .cut }
    }

    /// - Returns: whether the outermost value has ended.
    private mutating func read(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var place = start
        while place < bytes.count {
            let byte = bytes[place]
            if Self.isBlank(byte) {
                place += 1
                continue
            }
            if first == nil {
                first = byte
            } else if depth == 0 {
                end = .more
                return true
            }
            if depth == 1, key != nil, valueBegan == nil, byte != UInt8(ascii: ":") { begin(byte, at: place) }
            switch byte {
            case UInt8(ascii: "\""):
                guard let behind = Self.endOfString(bytes, from: place) else { return false }
                if depth == 1, key == nil { key = bytes[(place + 1)..<(behind - 1)] }
                place = behind
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 1 { endMember(bytes, at: place) }
                depth -= 1
            case UInt8(ascii: ","): if depth == 1 { endMember(bytes, at: place) }
            default: if depth == 0 { return true }
            }
            place += 1
        }
        return depth == 0 && first != nil
    }

    private mutating func begin(_ byte: UInt8, at place: Int) {
        valueBegan = place
        guard let key, names.contains(where: { Self.equal(key, $0) }) else { return }
        declared = byte
    }

    private mutating func endMember(_ bytes: UnsafeRawBufferPointer, at place: Int) {
        if let key, let valueBegan, Self.equal(key, "error") { tellsError = Self.says(bytes[valueBegan..<place]) }
        key = nil
        valueBegan = nil
    }

    /// Behind the quote that ends it; nil where none does.
    private static func endOfString(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var place = start + 1
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""): return place + 1
            case UInt8(ascii: "\\"): place += 2
            default: place += 1
            }
        }
        return nil
    }

    /// Many servers have an `error` in good answers, too, which says nothing.
    private static func says(_ value: UnsafeRawBufferPointer.SubSequence) -> Bool {
        let end = value.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? value.endIndex
        let nothing: [StaticString] = ["null", "false", "0", "\"\"", "{}", "[]"]
        return !nothing.contains { equal(value[..<end], $0) }
    }

    private static func equal(_ bytes: UnsafeRawBufferPointer.SubSequence, _ text: StaticString) -> Bool {
        bytes.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}
