import Crypto
import EmberSystem
import Foundation

/// Files one after the other in the form of POSIX tar (ustar), so that every system can look into a backup.
enum Tar {
    static let blockBytes = 512
    /// A size has eleven octal digits.
    static let mostBytes = 0o77_777_777_777

    static func padding(after bytes: Int) -> Int { (blockBytes - bytes % blockBytes) % blockBytes }
}

/// Writes a tar, and remembers the checksum of each file. Blocks.
struct TarWriter {
    private let target: any OpenFile
    private(set) var sums: [(name: String, checksum: String)] = []
    private(set) var bytes = 0

    /// Of all its files, in seconds since 1970.
    private let time: Int

    init(_ target: any OpenFile, _ time: TimeSource) {
        self.target = target
        self.time = min(max(0, Int(time.wallSeconds)), Tar.mostBytes)
    }

    mutating func add(_ name: String, _ data: Data) throws(FileProblem) {
        try write(header(name, bytes: data.count))
        try write(data + Data(count: Tar.padding(after: data.count)))
        sums.append((name, SHA256.hash(data: data).hexadecimal))
    }

    /// As long as the file is now: others may add to it.
    ///
    /// - Returns: false where there is no such file.
    mutating func add(
        _ name: String, file: String, of files: any FileSystem
    ) throws(FileProblem) -> Bool {
        guard files.isThere(file) else { return false }
        let source = try files.open(file, for: .reading)
        let size = try source.status().bytes
        guard size <= Tar.mostBytes else { throw FileProblem(description: "\(file) is too long for a backup") }
        try write(header(name, bytes: size))
        var (hash, left) = (SHA256(), size)
        while left > 0 {
            let piece = try source.read(min(left, FileSum.pieceBytes))
            guard !piece.isEmpty else { throw FileProblem(description: "\(file) has become shorter") }
            hash.update(data: piece)
            try write(piece)
            left -= piece.count
        }
        try write(Data(count: Tar.padding(after: size)))
        sums.append((name, hash.finalize().hexadecimal))
        return true
    }

    /// The end of a tar: two empty blocks.
    mutating func finish() throws(FileProblem) { try write(Data(count: 2 * Tar.blockBytes)) }

    private mutating func write(_ data: Data) throws(FileProblem) {
        try target.write(data)
        bytes += data.count
    }

    private func header(_ name: String, bytes: Int) -> Data {
        var block = [UInt8](repeating: 0, count: Tar.blockBytes)
        func put(_ text: String, at offset: Int) {
            block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(name, at: 0)
        put("0000600", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(bytes, 11), at: 124)
        put(octal(time, 11), at: 136)
        put("        0", at: 148)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(block.reduce(0) { $0 + Int($1) }, 6) + "\0", at: 148)
        return Data(block)
    }
}

/// Reads a tar from its beginning to its end, also from a pipe. Blocks.
struct TarReader {
    struct Entry: Equatable {
        let name: String
        let bytes: Int
    }

    private let source: any OpenFile
    private var path: String { source.path }

    init(_ source: any OpenFile) { self.source = source }

    /// The next file's name and length; its bytes must be read before the next one. nil at the end.
    func next() throws(FileProblem) -> Entry? {
        let block = [UInt8](try read(Tar.blockBytes))
        if block.allSatisfy({ $0 == 0 }) { return nil }
        let sum = block.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        guard Self.number(block[148..<156]) == sum, let bytes = Self.number(block[124..<136]),
            block[156] == UInt8(ascii: "0") || block[156] == 0
        else { throw FileProblem(description: "\(path) is no backup of Ember, or a damaged one") }
        return Entry(name: String(decoding: block[0..<100].prefix { $0 != 0 }, as: UTF8.self), bytes: bytes)
    }

    /// - Parameter take: is given the bytes of the file, piece by piece.
    func read(_ entry: Entry, _ take: (Data) throws(FileProblem) -> Void) throws(FileProblem) {
        var left = entry.bytes
        while left > 0 {
            let piece = try read(min(left, FileSum.pieceBytes))
            try take(piece)
            left -= piece.count
        }
        _ = try read(Tar.padding(after: entry.bytes))
    }

    private func read(_ count: Int) throws(FileProblem) -> Data {
        var data = Data()
        while data.count < count {
            let piece = try source.read(count - data.count)
            guard !piece.isEmpty else { throw FileProblem(description: "\(path) is cut off, or no backup of Ember") }
            data.append(piece)
        }
        return data
    }

    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        let text = String(decoding: field.prefix { $0 != 0 }, as: UTF8.self).filter { $0 != " " }
        return Int(text, radix: 8).flatMap { $0 >= 0 && $0 <= Tar.mostBytes ? $0 : nil }
    }
}
