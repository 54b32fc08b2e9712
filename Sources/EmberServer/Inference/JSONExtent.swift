import NIOCore

/// Tells whether JSON text, which comes in pieces, is whole: no beginning of an object or array is. O(bytes).
struct JSONExtent {
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// Whether nothing but white space has come.
    private(set) var isEmpty = true

    var isWhole: Bool { !isEmpty && depth == 0 && !isInString }

    mutating func read(_ piece: ByteBuffer) {
        var (depth, isInString, isEscaped, isEmpty) = (depth, isInString, isEscaped, isEmpty)
        piece.withUnsafeReadableBytes { bytes in
            for byte in bytes {
                if isInString {
                    if isEscaped {
                        isEscaped = false
                    } else if byte == UInt8(ascii: "\\") {
                        isEscaped = true
                    } else if byte == UInt8(ascii: "\"") {
                        isInString = false
                    }
                    continue
                }
                switch byte {
                case UInt8(ascii: "\""): (isInString, isEmpty) = (true, false)
                case UInt8(ascii: "{"), UInt8(ascii: "["): (depth, isEmpty) = (depth + 1, false)
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                case 0x20, 0x09, 0x0A, 0x0D: break
                default: isEmpty = false
                }
            }
        }
        (self.depth, self.isInString, self.isEscaped, self.isEmpty) = (depth, isInString, isEscaped, isEmpty)
    }
}
