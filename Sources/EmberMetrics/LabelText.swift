/// The labels of a series as the text format has them, without the braces: `model="a",place="edge"`.
public struct LabelText: Hashable, Sendable {
    let bytes: [UInt8]
    /// Whether `other` stands for a value, so that several samples may have the same labels.
    let isShared: Bool

    /// No labels.
    public static let none = LabelText(bytes: [], isShared: false)

    private init(bytes: [UInt8], isShared: Bool) { (self.bytes, self.isShared) = (bytes, isShared) }

    /// - Parameters:
    ///   - names: of labels.
    ///   - values: as many; one that is empty is left out, which means the same.
    init(_ names: [String], _ values: [String]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        for (name, value) in zip(names, values) where !value.isEmpty {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: name.utf8)
            bytes.append(contentsOf: "=\"".utf8)
            if value.utf8.contains(where: Self.isEscaped) {
                for byte in value.utf8 { Self.append(byte, to: &bytes) }
            } else {
                bytes.append(contentsOf: value.utf8)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        self.bytes = bytes
        isShared = values.contains(LabelBounds.other)
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
    }

    private static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
        default: bytes.append(byte)
        }
    }
}
