import Crypto

/// Checks of complete files.
struct FileCheck: Sendable {
    /// Large enough to be fast, small enough to stop soon after a cancellation.
    private static let chunkBytes = 4 * 1_048_576

    let files: FileQueue
    let meter: ProgressMeter

    /// The file's SHA-256 in hexadecimal digits, in O(size) time.
    ///
    /// - Throws: `PullError`, or `CancellationError`.
    func sha256(of path: String) async throws -> String {
        let size = try await files.run { () throws(PullError) in try PullFiles.size(of: path) } ?? 0
        meter.enter(.verifying, total: size)
        var state = (hasher: SHA256(), offset: 0)
        while true {
            try Task.checkCancellation()
            let next = state
            state = try await files.run { () throws(PullError) in
                let bytes = try PullFiles.bytes(of: path, at: next.offset, count: Self.chunkBytes)
                var hasher = next.hasher
                hasher.update(data: bytes)
                return (hasher, next.offset + bytes.count)
            }
            meter.advance(to: state.offset)
            if state.offset - next.offset < Self.chunkBytes { return SHA256Text.text(of: state.hasher.finalize()) }
        }
    }

    /// Checks the first bytes of a file whose name promises a GGUF model.
    func format(of path: String, named name: String) async throws(PullError) {
        guard name.lowercased().hasSuffix(".gguf") else { return }
        let start = try await files.run { () throws(PullError) in
            try PullFiles.bytes(of: path, at: 0, count: 16)
        }
        guard start.starts(with: Array("GGUF".utf8)) else {
            throw .notGGUF(name: name, start: PullText.oneLine(String(decoding: start, as: UTF8.self)))
        }
    }
}
