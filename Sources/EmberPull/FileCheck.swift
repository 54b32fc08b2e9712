import Crypto
import EmberModels
import EmberSystem

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
        let size = try await files.run { (disk) throws(PullError) in try disk.size(of: path) } ?? 0
        meter.enter(.verifying, total: size)
        var state = (hasher: SHA256(), offset: 0)
        while true {
            try Task.checkCancellation()
            let next = state
            state = try await files.run { (disk) throws(PullError) in
                let bytes = try disk.bytes(of: path, at: next.offset, count: Self.chunkBytes)
                var hasher = next.hasher
                hasher.update(data: bytes)
                return (hasher, next.offset + bytes.count)
            }
            meter.advance(to: state.offset)
            if state.offset - next.offset < Self.chunkBytes { return state.hasher.finalize().hexadecimal }
        }
    }

    /// What a file says of where it ends.
    enum Extent: Sendable {
        case whole
        case short(String)
        case long(String)
        /// Files of other formats, or of newer ones, say nothing that Ember understands.
        case unknown
    }

    /// Compares a file's length with the sum that its own header gives.
    func extent(of path: String, named name: String) async throws(PullError) -> Extent {
        guard Self.promisesModel(name), try await beginning(of: path).starts(with: Self.magic) else { return .unknown }
        switch await header(of: path) {
        case .success(let part) where part.fileBytes > part.dataEnd:
            return .long(part.excess)
        case .success: return .whole
        case .failure(let error): return error.isForeign ? .unknown : .short(error.problem)
        }
    }

    /// Checks that a complete file can be what its name promises.
    ///
    /// - Returns: the header of a GGUF model; nil for other files, and where it is of a newer format than Ember knows.
    func format(of path: String, named name: String) async throws(PullError) -> GGUFParser.Part? {
        let start = try await beginning(of: path)
        guard !start.isEmpty else { throw .unusable(name: name, problem: "is empty") }
        guard Self.promisesModel(name) else {
            guard !Self.isPage(start) else { throw .unusable(name: name, problem: "is a web page, not a model file") }
            return nil
        }
        guard start.starts(with: Self.magic) else {
            throw .notGGUF(name: name, start: OneLine.of(String(decoding: start.prefix(16), as: UTF8.self)))
        }
        switch await header(of: path) {
        case .success(let part): return part
        case .failure(let error) where error.isForeign: return nil
        case .failure(let error): throw .brokenModel(name: name, problem: OneLine.of(error.problem))
        }
    }

    private static let magic = Array("GGUF".utf8)

    private static func promisesModel(_ name: String) -> Bool { name.lowercased().hasSuffix(".gguf") }

    private static func isPage(_ start: [UInt8]) -> Bool {
        let text = String(decoding: start, as: UTF8.self).drop(while: \.isWhitespace).lowercased()
        return text.hasPrefix("<!doctype html") || text.hasPrefix("<html")
    }

    private func beginning(of path: String) async throws(PullError) -> [UInt8] {
        try await files.run { (disk) throws(PullError) in Array(try disk.bytes(of: path, at: 0, count: 64)) }
    }

    private func header(of path: String) async -> Result<GGUFParser.Part, GGUFError> {
        let read = { @Sendable () -> Result<GGUFParser.Part, GGUFError> in
            do throws(GGUFError) {
                var parser = try GGUFParser(file: path)
                return .success(try parser.parse())
            } catch {
                return .failure(error)
            }
        }
        let result = try? await files.run { _ throws(PullError) in read() }
        return result ?? .failure(GGUFError(file: path, offset: nil, problem: "cannot be read"))
    }
}

extension GGUFParser.Part {
    /// What is wrong with a file that goes on behind its tensors.
    var excess: String { "its tensors end at byte \(dataEnd), and it has \(fileBytes) bytes" }
}
