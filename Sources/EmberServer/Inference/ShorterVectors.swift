import EmberContext
import Foundation
import NIOCore

/// The vectors of embeddings, cut to the length that a request wants (`dimensions`).
enum ShorterVectors {
    /// An answer of /v1/embeddings whose vectors have at most `count` numbers; all else in it keeps its bytes.
    ///
    /// - Throws: where it is no such answer.
    static func answer(_ bytes: UnsafeBufferPointer<UInt8>, to count: Int) throws -> [UInt8] {
        let answer = try JSONMembers(bytes)
        guard let data = answer["data"], data.isArray, let start = bytes.baseAddress else {
            throw JSONMembers.NoObject()
        }
        var (written, read) = ([UInt8](), 0)
        for entry in try data.elements() {
            guard let vector = try JSONMembers(entry)["embedding"],
                let place = UnsafeBufferPointer(rebasing: vector).baseAddress.map({ $0 - start })
            else { throw JSONMembers.NoObject() }
            written += bytes[read..<place]
            written += vector.isString ? try cut(base64: vector, to: count) : try cut(vector, to: count)
            read = place + vector.count
        }
        return written + bytes[read...]
    }

    /// The first numbers of an array, as a vector of length 1 again.
    static func cut(_ vector: JSONMembers.Value, to count: Int) throws -> [UInt8] {
        guard vector.isArray else { throw JSONMembers.NoObject() }
        let elements = try vector.elements()
        guard count < elements.count else { return Array(vector) }
        var list = JSONArrayText()
        for number in try unit(elements.prefix(count).map { $0.number ?? .nan }) { list.add(json: "\(number)".utf8) }
        return list.bytes
    }

    /// The same of a text in base64: each number takes four bytes, the least significant first.
    private static func cut(base64 text: JSONMembers.Value, to count: Int) throws -> [UInt8] {
        guard let packed = text.string.flatMap({ Data(base64Encoded: $0) }), packed.count.isMultiple(of: 4) else {
            throw JSONMembers.NoObject()
        }
        guard count < packed.count / 4 else { return Array(text) }
        var bytes = ByteBuffer(bytes: packed.prefix(count * 4))
        var numbers: [Double] = []
        while let bits = bytes.readInteger(endianness: .little, as: UInt32.self) {
            numbers.append(Double(Float(bitPattern: bits)))
        }
        bytes.clear()
        for number in try unit(numbers) { bytes.writeInteger(number.bitPattern, endianness: .little) }
        return Array("\"\(Data(bytes.readableBytesView).base64EncodedString())\"".utf8)
    }

    private static func unit(_ numbers: [Double]) throws -> [Float] {
        let sum = numbers.reduce(0) { $0 + $1 * $1 }
        guard sum.isFinite else { throw JSONMembers.NoObject() }
        let length = max(1e-12, sum.squareRoot())
        return numbers.map { Float($0 / length) }
    }
}
