/// One tensor's entry in a GGUF header.
public struct GGUFTensor: Hashable, Sendable {
    public let name: String
    /// Elements along each dimension, the fastest first (ggml's order: a weight matrix is inputs x outputs).
    public let dimensions: [Int]
    public let type: GGMLType
    /// Product of the dimensions.
    public let elementCount: Int
    /// Bytes that the data take in the file.
    public let byteCount: Int

    /// The block (transformer layer) that the name "blk.N." places the tensor in; nil for the others.
    public var block: Int? {
        guard name.hasPrefix("blk.") else { return nil }
        return Int(name.dropFirst(4).prefix { $0 != "." })
    }
}
