/// The inner loop of relevance: sums of products, as many at once as the processor's registers take.
enum ScalarProduct {
    private typealias Lanes = SIMD8<Float>
    /// Rows must be a whole number of these long.
    static let step = 2 * Lanes.scalarCount

    /// The product of a query and as many numbers of `values`, whose number is a multiple of `step`.
    @inline(__always)
    static func of(_ values: UnsafeBufferPointer<Float>, from start: Int, _ query: UnsafeBufferPointer<Float>) -> Float
    {
        precondition(query.count % step == 0 && start + query.count <= values.count)
        let (row, query) = (
            UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(values)[(start * stride)...]), query
        )
        let numbers = UnsafeRawBufferPointer(query)
        // Two sums, so that an addition need not wait for the one before.
        var (even, odd) = (Lanes.zero, Lanes.zero)
        var offset = 0
        while offset < numbers.count {
            even += lanes(row, offset) * lanes(numbers, offset)
            odd += lanes(row, offset + laneBytes) * lanes(numbers, offset + laneBytes)
            offset += 2 * laneBytes
        }
        return (even + odd).sum()
    }

    private static let stride = MemoryLayout<Float>.stride
    private static let laneBytes = Lanes.scalarCount * MemoryLayout<Float>.stride

    @inline(__always)
    private static func lanes(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Lanes {
        bytes.loadUnaligned(fromByteOffset: offset, as: Lanes.self)
    }
}
