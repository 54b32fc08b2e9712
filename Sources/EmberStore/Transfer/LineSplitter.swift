/// Cuts a stream of bytes into lines, wherever its pieces begin and end.
struct LineSplitter {
    private var unfinished: [UInt8] = []
    private var isFirst = true

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The lines that a piece completes, without their ends.
    mutating func lines(completedBy piece: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = piece[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(line(endingWith: rest[..<end]))
            rest = rest[(end + 1)...]
        }
        unfinished += rest
        return lines
    }

    /// What is left after the last piece, if it is not empty.
    mutating func lastLine() -> [UInt8]? { unfinished.isEmpty ? nil : line(endingWith: []) }

    private mutating func line(endingWith bytes: ArraySlice<UInt8>) -> [UInt8] {
        defer {
            unfinished = []
            isFirst = false
        }
        var line = unfinished + bytes
        // Spreadsheets and editors of some systems begin and end lines so.
        if isFirst, line.starts(with: Self.byteOrderMark) { line.removeFirst(Self.byteOrderMark.count) }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }
}
