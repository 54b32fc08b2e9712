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
        var result: [UInt8] = []
        result.reserveCapacity(body.count + edits.reduce(0) { $0 + $1.text.utf8.count })
        var position = 0
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            result.append(contentsOf: body.dropFirst(position).prefix(edit.range.lowerBound - position))
            result.append(contentsOf: edit.text.utf8)
            position = edit.range.upperBound
        }
        result.append(contentsOf: body.dropFirst(position))
        return result
    }
}
