import NIOCore

/// Finds the end of a stream's first event in what has come so far: a blank line behind data. Comments and empty events
/// are none, nor is the mark of the end. O(bytes), however often it is asked.
struct FirstEvent {
    private var hasData = false
    /// How far it has been looked at, and where the line began that is not complete.
    private var seen = 0
    private var lineBegan = 0

    /// - Parameter bytes: all that has come, which is what came before and more.
    mutating func isComplete(in bytes: ByteBuffer) -> Bool {
        bytes.withUnsafeReadableBytes { bytes in
            while seen < bytes.count {
                let byte = bytes[seen]
                seen += 1
                guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else { continue }
                let line = bytes[lineBegan..<(seen - 1)]
                // Between the two characters that end one line there is no other.
                let isPair =
                    line.isEmpty && byte == UInt8(ascii: "\n") && seen > 1 && bytes[seen - 2] == UInt8(ascii: "\r")
                lineBegan = seen
                if isPair { continue }
                if line.isEmpty, hasData { return true }
                hasData = hasData || Self.isData(line)
            }
            return false
        }
    }

    /// Whether what has come, and nothing more, has data.
    func hasBegun(in bytes: ByteBuffer) -> Bool {
        hasData || bytes.withUnsafeReadableBytes { Self.isData($0[lineBegan...]) }
    }

    private static func isData(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        // As llama-server once wrote it.
        if line.starts(with: "error:".utf8) { return true }
        guard line.starts(with: "data:".utf8) else { return false }
        let value = line.dropFirst(5).drop { $0 == UInt8(ascii: " ") }
        return !value.isEmpty && !value.starts(with: "[DONE]".utf8)
    }
}
