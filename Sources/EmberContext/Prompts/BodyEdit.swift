/// Text that takes the place of some bytes of a body; the rest stays as it came.
public struct BodyEdit: Sendable, Equatable {
    public let range: Range<Int>
    public let text: String

    public init(_ range: Range<Int>, _ text: String) {
        self.range = range
        self.text = text
    }

    public static func insertion(at position: Int, _ text: String) -> BodyEdit {
        BodyEdit(position..<position, text)
    }
}

extension BodyEdit {
    /// The body with its edits, which do not overlap. O(bytes).
    public static func apply(_ edits: [BodyEdit], to body: some RandomAccessCollection<UInt8>) -> [UInt8] {
        // Each request's body gets some: what lies in one piece is copied piece by piece, not byte by byte.
        body.withContiguousStorageIfAvailable { apply(edits, to: $0) }
            ?? Array(body).withUnsafeBufferPointer { apply(edits, to: $0) }
    }

    private static func apply(_ edits: [BodyEdit], to body: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(body.count + edits.reduce(0) { $0 + $1.text.utf8.count })
        var position = 0
        for edit in edits.count > 1 ? edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) : edits {
            result.append(contentsOf: body[position..<edit.range.lowerBound])
            result.append(contentsOf: edit.text.utf8)
            position = edit.range.upperBound
        }
        result.append(contentsOf: body[position...])
        return result
    }
}
