/// How accurate a model's answers are, given the Age of Context kappa of the pair.
public enum AccuracyModel: Hashable, Codable, Sendable {
    /// The same whatever the context.
    case constant(Double)
    /// min(1, A0 + A1 log2(1 + kappa^alpha)): A0 zero-shot accuracy, A1 the gain of one example.
    case boundedLog(zeroShot: Double, gain: Double, alpha: Double)
    /// alpha log(1 / beta^kappa) of the extension papers, clipped to [0, 1]; 0 < beta < 1.
    case exponentialAmbiguity(alpha: Double, beta: Double)
    /// Measured accuracy at given numbers of examples, interpolated linearly, constant outside.
    ///
    /// The points must be in rising order of `examples`; more context is not always better.
    case measured([AccuracyPoint])

    /// Accuracy in [0, 1] at Age of Context `kappa` (examples). O(1), or O(points) for a measured table.
    public func accuracy(at kappa: Double) -> Double {
        switch self {
        case .constant(let accuracy): accuracy
        case .boundedLog(let zeroShot, let gain, let alpha):
            // The usual exponent needs no power.
            min(1, zeroShot + gain * binaryLogarithm(1 + (alpha == 1 ? kappa : power(kappa, alpha))))
        case .exponentialAmbiguity(let alpha, let beta):
            min(1, max(0, alpha * kappa * naturalLogarithm(1 / beta)))
        case .measured(let points): Self.interpolate(points, at: kappa)
        }
    }

    /// The least accuracy at any kappa from 0 to `window` (examples).
    func leastAccuracy(upTo window: Double) -> Double {
        let ends = min(accuracy(at: 0), accuracy(at: window))
        guard case .measured(let points) = self else { return ends }
        return points.filter { $0.examples < window }.map(\.accuracy).min().map { min($0, ends) } ?? ends
    }

    private static func interpolate(_ points: [AccuracyPoint], at kappa: Double) -> Double {
        guard let next = points.firstIndex(where: { $0.examples >= kappa }) else {
            return points.last?.accuracy ?? 0
        }
        guard next > 0 else { return points[0].accuracy }
        let (a, b) = (points[next - 1], points[next])
        let share = (kappa - a.examples) / (b.examples - a.examples)
        return a.accuracy + share * (b.accuracy - a.accuracy)
    }
}

/// One row of a measured accuracy table.
public struct AccuracyPoint: Hashable, Codable, Sendable {
    public var examples: Double
    public var accuracy: Double

    public init(examples: Double, accuracy: Double) {
        self.examples = examples
        self.accuracy = accuracy
    }
}
