import EmberContext
import EmberSystem
import Foundation

/// The record of a saved state, in a small file beside it: what it is found by, and what proves that it is whole.
///
/// llama-server reads and writes the states themselves, so nothing can be added to them. Each has a record of its own,
/// and no file lists them all: a list could disagree with the files, and would have to be written again with each
/// state. The index is in memory alone, made of all records at the start.
///
/// A fixed layout of little-endian numbers, as 10,000 records are to be read in well under 2 s. The file's name is its
/// keyed digest, so whatever has changed in it, or comes from elsewhere, is known without a field for that.
enum StateRecord {
    private static let mark = Array("EMBERKV2".utf8)
    /// A plain prompt of 8 MiB has as many.
    static let mostMarks = 16_384
    /// No record is longer.
    static let mostBytes = 1 << 19
    private static let longestText = 200

    static func bytes(
        _ origin: StateOrigin, tokens: Int, counted: Int, sum: FileSum, serial: Int, _ life: StateArchive.Life
    ) -> [UInt8] {
        var writer = RecordWriter(bytes: mark)
        for digest in [origin.tenant, origin.service, origin.key, origin.variant] { writer.add(digest) }
        writer.add(origin.owner == nil ? 0 : 1)
        if let owner = origin.owner { writer.add(owner) }
        writer.add(origin.isShared ? 1 : 0)
        for text in [origin.fit, origin.prefix, sum.checksum] { writer.add(text) }
        for number in [tokens, counted, sum.bytes, serial] { writer.add(UInt64(number)) }
        for number in [life.began, life.seconds] { writer.add(number.bitPattern) }
        writer.add(UInt64(origin.chain.marks.count))
        for mark in origin.chain.marks {
            writer.add(mark.digest)
            writer.add(UInt64(mark.bytes))
        }
        return writer.bytes
    }

    /// - Parameter id: under which the bytes were found, and which they have.
    /// - Returns: nil where they are of another layout, as of another version's.
    static func entry(_ bytes: [UInt8], id: KeyedDigest) -> StateArchive.Entry? {
        var reader = RecordReader(rest: bytes[...])
        guard reader.skip(mark), let tenant = reader.digest(), let service = reader.digest(), let key = reader.digest(),
            let variant = reader.digest(), let hasOwner = reader.number()
        else { return nil }
        let owner = hasOwner == 1 ? reader.digest() : nil
        guard hasOwner == 0 || owner != nil, let isShared = reader.number(),
            let fit = reader.text(upTo: longestText), let prefix = reader.text(upTo: longestText),
            let checksum = reader.text(upTo: longestText),
            let tokens = reader.count(), let counted = reader.count(), let size = reader.count(),
            let serial = reader.count(),
            let began = reader.number().map(Double.init(bitPattern:)), began.isFinite,
            let seconds = reader.number().map(Double.init(bitPattern:)), !seconds.isNaN,
            let chain = chain(&reader), reader.rest.isEmpty
        else { return nil }
        return StateArchive.Entry(
            id: id,
            origin: StateOrigin(
                tenant: tenant, service: service, key: key, variant: variant, fit: fit, owner: owner, prefix: prefix,
                chain: chain, isShared: isShared == 1),
            tokens: tokens, counted: counted, bytes: size, checksum: checksum, serial: serial,
            life: StateArchive.Life(began: began, seconds: seconds))
    }

    private static func chain(_ reader: inout RecordReader) -> PromptChain? {
        guard let count = reader.count(), count <= mostMarks else { return nil }
        var marks: [PromptChain.Mark] = []
        marks.reserveCapacity(count)
        for _ in 0..<count {
            guard let digest = reader.digest(), let bytes = reader.count() else { return nil }
            marks.append(PromptChain.Mark(digest: digest, bytes: bytes))
        }
        return PromptChain(marks: marks)
    }
}

private struct RecordWriter {
    private(set) var bytes: [UInt8]

    mutating func add(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }

    mutating func add(_ digest: KeyedDigest) { bytes += digest.bytes }

    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        bytes += text.utf8
    }
}

private struct RecordReader {
    private(set) var rest: ArraySlice<UInt8>

    mutating func skip(_ expected: [UInt8]) -> Bool { take(expected.count).map { $0.elementsEqual(expected) } ?? false }

    mutating func number() -> UInt64? {
        take(8).map { piece in piece.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) } }
    }

    /// Of things there are; none has more than the disk.
    mutating func count() -> Int? { number().flatMap { $0 < 1 << 56 ? Int($0) : nil } }

    mutating func digest() -> KeyedDigest? {
        take(KeyedDigest.byteCount).map { piece in piece.withUnsafeBytes { KeyedDigest($0) } }
    }

    mutating func text(upTo limit: Int) -> String? {
        guard let length = count(), length <= limit else { return nil }
        return take(length).map { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
