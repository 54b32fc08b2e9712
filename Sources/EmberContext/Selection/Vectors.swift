/// Arithmetic of directions.
enum Vectors {
    static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        guard a.count == b.count else { return 0 }
        var (dot, aa, bb): (Float, Float, Float) = (0, 0, 0)
        for index in a.indices {
            dot += a[index] * b[index]
            aa += a[index] * a[index]
            bb += b[index] * b[index]
        }
        return aa > 0 && bb > 0 ? Double(dot / (aa * bb).squareRoot()) : 0
    }

    static func normalised(_ a: [Float]) -> [Float] {
        let length = a.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? a.map { $0 / length } : a
    }

    static func mean(_ vectors: [[Float]]) -> [Float] {
        guard var sum = vectors.first else { return [] }
        for vector in vectors.dropFirst() { for index in sum.indices { sum[index] += vector[index] } }
        return normalised(sum)
    }
}
