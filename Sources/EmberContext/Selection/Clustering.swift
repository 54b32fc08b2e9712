import EmberStore
import EmberSystem

/// Centres among directions by spherical k-means (Dhillon and Modha 2001), begun with points far apart, without lots:
/// the same vectors give the same centres.
public struct Clustering: Sendable {
    public private(set) var centres: [[Float]]

    private static let rounds = 8

    /// O(rounds x vectors x count x dimension); vectors of other lengths than the first's are left out.
    public init(_ vectors: [[Float]], count: Int) {
        assertMayBlock()
        let vectors = vectors.filter { $0.count == vectors[0].count }.map(Vectors.normalised)
        centres = Self.farthestPoints(of: vectors, count: count).map { vectors[$0] }
        for _ in 0..<Self.rounds {
            var members: [[[Float]]] = Array(repeating: [], count: centres.count)
            for vector in vectors { members[nearest(to: vector)].append(vector) }
            let moved = zip(centres, members).map { $1.isEmpty ? $0 : Vectors.mean($1) }
            if moved == centres { break }
            centres = moved
        }
    }

    /// The index of the nearest centre; 0 where there is none.
    public func nearest(to vector: [Float]) -> Int {
        let cosines = centres.map { Vectors.cosine($0, vector) }
        return cosines.indices.max { (cosines[$0], $1) < (cosines[$1], $0) } ?? 0
    }

    /// Greedy choice of points that lie far apart: each is the one that is least near to those before it; the first is
    /// the one nearest to the middle. O(count x vectors x dimension).
    public static func farthestPoints(of vectors: [[Float]], count: Int) -> [Int] {
        guard !vectors.isEmpty, count > 0 else { return [] }
        assertMayBlock()
        let middle = Vectors.mean(vectors)
        let first = vectors.indices.max { a, b in
            (Vectors.cosine(vectors[a], middle), b) < (Vectors.cosine(vectors[b], middle), a)
        }
        var chosen = [first ?? 0]
        var nearness = vectors.map { Vectors.cosine($0, vectors[chosen[0]]) }
        while chosen.count < min(count, vectors.count) {
            let next = nearness.indices.min { (nearness[$0], $0) < (nearness[$1], $1) } ?? 0
            chosen.append(next)
            nearness[next] = .infinity
            for index in vectors.indices where nearness[index] < .infinity {
                nearness[index] = max(nearness[index], Vectors.cosine(vectors[index], vectors[next]))
            }
        }
        return chosen
    }
}
