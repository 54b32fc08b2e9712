/// The labels of a series as the text format has them, without the braces: `model="a",place="edge"`.
public struct LabelText: Hashable, Sendable {
    let bytes: [UInt8]

    /// No labels.
    public static let none = LabelText(bytes: [])

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// - Parameters:
    ///   - names: of labels.
    ///   - values: as many; one that is empty is left out, which means the same.
    init(_ names: [String], _ values: [String]) {
        var bytes: [UInt8] = []
        for (name, value) in zip(names, values) where !value.isEmpty {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: name.utf8)
            bytes.append(contentsOf: "=\"".utf8)
            for byte in value.utf8 { Self.append(byte, to: &bytes) }
            bytes.append(UInt8(ascii: "\""))
        }
        self.bytes = bytes
    }

    private static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
        default: bytes.append(byte)
        }
    }
}
