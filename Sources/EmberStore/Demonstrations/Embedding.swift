public import Foundation

/// Where a demonstration lies among texts, by the embedding model that says so: the data of relevance.
public struct Embedding: Hashable, Sendable {
    public let vector: [Float]
    /// The name of the model that made it: vectors of different models say nothing about each other.
    public let embedder: String

    public init(vector: [Float], embedder: String) {
        self.vector = vector
        self.embedder = embedder
    }

    /// The vector as the store and exports keep it, bit for bit: four bytes a number, little-endian.
    public var data: Data {
        var data = Data(capacity: vector.count * Self.bytesPerNumber)
        for number in vector {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        return data
    }

    /// - Parameter data: a whole number of numbers; what is over is left out.
    public init(data: Data, embedder: String) {
        self.init(vector: Self.vector(data), embedder: embedder)
    }

    static let bytesPerNumber = 4

    static func vector(_ data: Data) -> [Float] {
        data.withUnsafeBytes { bytes in
            (0..<bytes.count / bytesPerNumber).map { index in
                let bits = bytes.loadUnaligned(fromByteOffset: index * bytesPerNumber, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            }
        }
    }
}
