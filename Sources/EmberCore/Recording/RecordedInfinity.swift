/// JSON has no infinity: what logs write instead.
public enum RecordedInfinity {
    public static let positive = "inf"
    public static let negative = "-inf"
    /// Nothing in a planner is not a number, but encoders of JSON ask for its text.
    public static let notANumber = "nan"
}
