import CZlib
import EmberDocument
import Foundation

/// The lines of a text file, plain or compressed with gzip, one after the other; memory is bounded by the longest line.
final class LineReader {
    let source: String
    private let file: gzFile
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// What of the buffer has not been handed out.
    private var unread = 0..<0
    private var number = 0

    /// Far above any line of a trace; what is longer is no text of lines.
    static let longestLine = 1 << 20

    init(_ source: String) throws(ScenarioError) {
        // zlib reads plain files as they are.
        guard let file = gzopen(source, "rb") else {
            throw ScenarioError(Place(source: source), "cannot be read; check the path and its permissions")
        }
        self.source = source
        self.file = file
    }

    deinit { gzclose_r(file) }

    /// The next line, without its end; nil after the last. The error says where a damaged file breaks off.
    func next() throws(ScenarioError) -> TextLine? {
        var bytes: [UInt8] = []
        while try fill() {
            let end = endOfLine()
            bytes += buffer[unread.lowerBound..<(end ?? unread.upperBound)]
            unread = (end.map { $0 + 1 } ?? unread.upperBound)..<unread.upperBound
            if end != nil { return line(bytes) }
            guard bytes.count <= Self.longestLine else {
                throw error("is longer than \(ByteFormat.format(Self.longestLine)); is it a text file?")
            }
        }
        return bytes.isEmpty ? nil : line(bytes)
    }

    private func line(_ bytes: [UInt8]) -> TextLine {
        number += 1
        var bytes = bytes[...]
        // Spreadsheets begin a file with a mark of its encoding.
        if number == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
        return TextLine(number: number, text: String(decoding: bytes, as: UTF8.self))
    }

    /// Whether there is anything left to read.
    private func fill() throws(ScenarioError) -> Bool {
        guard unread.isEmpty else { return true }
        let count = gzread(file, &buffer, UInt32(buffer.count))
        var code: Int32 = 0
        let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
        guard count >= 0, code == Z_OK else {
            throw error("cannot be read on: \(code == Z_ERRNO ? String(cString: strerror(errno)) : message)")
        }
        unread = 0..<Int(count)
        return count > 0
    }

    private func endOfLine() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            return memchr(start + unread.lowerBound, 0x0A, unread.count).map { UnsafeRawPointer($0) - start }
        }
    }

    private func error(_ message: String) -> ScenarioError {
        ScenarioError(Place(source: source, line: number + 1, column: 1), message)
    }
}

/// One line of a text file.
struct TextLine {
    /// Counted from 1.
    let number: Int
    let text: String
}
