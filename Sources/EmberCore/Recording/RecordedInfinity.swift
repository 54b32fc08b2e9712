/// JSON has no infinity: what logs write instead.
public enum RecordedInfinity {
    public static let positive = "inf"
    public static let negative = "-inf"
    /// A planner holds no NaN, but JSON encoders need a text for it.
    public static let notANumber = "nan"
}
