public import EmberCore

/// How accurate the model is, by the number of examples in its context.
public struct AccuracyDeclaration: Sendable, Equatable {
    public var curve: AccuracyCurve
    /// The cost of one wrong answer, in the unit of the costs.
    public var weight: Double
}

public enum AccuracyCurve: Sendable, Equatable {
    /// Measured; examples strictly increasing, never empty.
    case table([AccuracyPoint])
    /// The bounded form `min(1, zeroShot + gain * log2(1 + examples^alpha))`.
    case bounded(zeroShot: Double, gain: Double, alpha: Double)
}
