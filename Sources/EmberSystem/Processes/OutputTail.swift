/// The last lines a child process wrote, bounded in number and length whatever the child writes.
struct OutputTail: Sendable {
    private let maxLines: Int
    private let maxLineBytes: Int
    private var finished: [String] = []
    private var partial: [UInt8] = []
    private var partialIsCut = false

    init(maxLines: Int = 50, maxLineBytes: Int = 500) {
        self.maxLines = maxLines
        self.maxLineBytes = maxLineBytes
    }

    /// The last lines, oldest first; a line that has no end yet counts.
    var lines: [String] {
        partial.isEmpty ? finished : (finished + [partialLine]).suffix(maxLines)
    }

    /// Takes the next bytes, and returns the lines that they complete. Complexity: O(bytes + `maxLines`).
    mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
        var completed: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                completed.append(partialLine)
                partial.removeAll(keepingCapacity: true)
                partialIsCut = false
            } else {
                extendPartial(byte)
            }
        }
        finished = (finished + completed).suffix(maxLines)
        return completed
    }

    private mutating func extendPartial(_ byte: UInt8) {
        // Control characters would let an engine's output steer the operator's terminal.
        let isControl = byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F
        guard !isControl else { return }
        guard partial.count < maxLineBytes else {
            partialIsCut = true
            return
        }
        partial.append(byte)
    }

    private var partialLine: String {
        String(decoding: partial, as: UTF8.self) + (partialIsCut ? "…" : "")
    }
}
