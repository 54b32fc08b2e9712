/// JSON has no infinity: what logs write instead.
public enum RecordedInfinity {
    public static let positive = "inf"
    public static let negative = "-inf"
    /// Nothing in a planner is not a number, but whoever writes JSON wants to be told.
    public static let notANumber = "nan"
}
