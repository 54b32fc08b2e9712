import Foundation

/// What a partial file is part of.
struct PartMetadata: Codable, Hashable, Sendable {
    let url: String
    /// A strong entity tag.
    let etag: String?
    /// A date of last change that tells versions apart, where there is no tag.
    let modified: String?
    let total: Int?

    init(url: String, validator: PartValidator?, total: Int?) {
        (self.url, self.total) = (url, total)
        (etag, modified) =
            switch validator {
            case .etag(let tag)?: (tag, nil)
            case .modified(let date)?: (nil, date)
            case nil: (nil, nil)
            }
    }

    var validator: PartValidator? {
        if let etag { return etag.hasPrefix("W/") ? nil : .etag(etag) }
        return modified.map { .modified($0) }
    }
}

/// What tells versions of a file apart.
enum PartValidator: Hashable, Sendable {
    case etag(String)
    case modified(String)

    /// As the field If-Range has it.
    var text: String {
        switch self {
        case .etag(let text), .modified(let text): text
        }
    }
}

/// Where a download may go on.
struct ResumePoint: Hashable, Sendable {
    let offset: Int
    let validator: PartValidator
    /// The whole file's length, as far as it is known.
    let total: Int?
}

/// A download that is not complete yet, with a note of what it belongs to; its methods block.
struct PartFile: Sendable {
    let paths: PullPaths

    /// Bytes that are there.
    func size(on disk: PullFiles) throws(PullError) -> Int { try disk.size(of: paths.part) ?? 0 }

    /// Where a download of `url` may go on, or nil when it has to start over.
    ///
    /// Only with a strong validator can the server tell whether it still has the same file.
    func resumePoint(for url: String, on disk: PullFiles) throws(PullError) -> ResumePoint? {
        guard let metadata = try readMetadata(on: disk), metadata.url == url else { return nil }
        guard let validator = metadata.validator else { return nil }
        var size = try size(on: disk)
        if let total = metadata.total {
            guard size <= total else { return nil }
            // A range must not be empty; asking for the last byte again also asks whether the file is still the same.
            size = min(size, total - 1)
        }
        return size > 0 ? ResumePoint(offset: size, validator: validator, total: metadata.total) : nil
    }

    /// Opens the partial file for writing at `offset`, which is not more than its size.
    func begin(
        at offset: Int, metadata: PartMetadata, on disk: PullFiles
    ) throws(PullError) -> PartWriter {
        // The order matters: after a crash between the two steps, the note must not vouch for other bytes.
        let writer = try disk.writer(of: paths.part, from: offset)
        try write(metadata, on: disk)
        return writer
    }

    func discard(on disk: PullFiles) throws(PullError) {
        try disk.removeIfThere(paths.part)
        try disk.removeIfThere(paths.metadata)
    }

    private func readMetadata(on disk: PullFiles) throws(PullError) -> PartMetadata? {
        guard try disk.size(of: paths.metadata) != nil else { return nil }
        let bytes = try disk.bytes(of: paths.metadata, at: 0, count: 65_536)
        return try? JSONDecoder().decode(PartMetadata.self, from: bytes)
    }

    /// Readable for the user only: an address may hold a signature.
    private func write(_ metadata: PartMetadata, on disk: PullFiles) throws(PullError) {
        guard let data = try? JSONEncoder().encode(metadata) else { return }
        try disk.writePrivately(data, to: paths.metadata)
    }
}
