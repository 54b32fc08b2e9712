public import EmberStore

/// What the demonstrations that a model holds for a service are worth: their Age of Context, kappa, in examples.
///
/// kappa = sum over the demonstrations of relevance x remaining freshness (system model, "Age of Context"). All
/// together lose `vanishing` examples per second, each its share of it from its own time on.
public struct HeldContext: Sendable, Hashable {
    /// K: how many there are.
    public let examples: Double
    public let kappa: Double

    /// - Parameters:
    ///   - relevance: how near they are to the service's requests, a mean from 0 to 1.
    ///   - age: of a demonstration, in seconds.
    public init(
        _ demonstrations: [Demonstration], relevance: Double, vanishing: Double, age: (Demonstration) -> Double
    ) {
        let count = Double(demonstrations.count)
        examples = count
        kappa = demonstrations.reduce(0) { sum, demonstration in
            sum + relevance * max(0, 1 - vanishing / count * max(0, age(demonstration)))
        }
    }

    /// The mean cosine of demonstrations to a request's vector, none below 0; 1 where nothing is known.
    public static func relevance(of demonstrations: [Demonstration], to vector: Embedding?) -> Double {
        guard let vector else { return 1 }
        let cosines = demonstrations.compactMap(\.embedding).filter { $0.embedder == vector.embedder }
            .map { max(0, Vectors.cosine($0.vector, vector.vector)) }
        return cosines.isEmpty ? 1 : cosines.reduce(0, +) / Double(cosines.count)
    }
}
