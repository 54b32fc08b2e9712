import Foundation
import NIOCore

/// Keeps the first and the last few kilobytes of an answer, where the counts of its tokens stand (`UsageFigures`).
///
/// Looking for them at the end costs nothing on the way of a stream.
struct UsageScanner {
    private static let keptBytes = 4096
    private var head = ByteBuffer()
    private var tail = ByteBuffer()

    /// What comes first is not copied: most answers have no more.
    mutating func read(_ chunk: ByteBuffer) {
        let (first, last) = (chunk.first(Self.keptBytes - head.readableBytes), chunk.last(Self.keptBytes))
        guard tail.readableBytes > 0 else {
            (head, tail) = (first, last)
            return
        }
        if first.readableBytes > 0 { head.writeImmutableBuffer(first) }
        tail.writeImmutableBuffer(last)
        guard tail.readableBytes > 2 * Self.keptBytes else { return }
        tail.moveReaderIndex(forwardBy: tail.readableBytes - Self.keptBytes)
        tail.discardReadBytes()
    }

    /// The end of what was read; the beginning of a line that is not whole is left out.
    var lastBytes: ByteBufferView {
        let tail = tail.readableBytesView
        guard tail.count >= Self.keptBytes, let end = tail.firstIndex(of: UInt8(ascii: "\n")) else { return tail }
        return tail[end...]
    }

    /// The number of the last event of a stream whose events are numbered.
    var lastSequence: Int? {
        tail.withUnsafeReadableBytes { bytes in
            Self.place(behind: "\"sequence_number\":", in: bytes).flatMap(bytes.integer)
        }
    }

    /// What the answer reports.
    var figures: UsageFigures { UsageFigures(head: head.readableBytesView, tail: tail.readableBytesView) }

    /// Where the value behind the last `key` begins; nil when there is none.
    private static func place(behind key: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let length = key.utf8CodeUnitCount
        guard bytes.count > length, let base = bytes.baseAddress else { return nil }
        for start in stride(from: bytes.count - length, through: 0, by: -1)
        where bytes[start] == key.utf8Start[0] && memcmp(base + start, key.utf8Start, length) == 0 {
            return start + length
        }
        return nil
    }
}

extension ByteBuffer {
    fileprivate func first(_ count: Int) -> ByteBuffer {
        getSlice(at: readerIndex, length: min(count, readableBytes)) ?? ByteBuffer()
    }

    fileprivate func last(_ count: Int) -> ByteBuffer {
        let length = min(count, readableBytes)
        return getSlice(at: writerIndex - length, length: length) ?? ByteBuffer()
    }
}
