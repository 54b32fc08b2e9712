/// Ember's version, as `ember version` and the log report it.
public enum EmberVersion {
    public static let current = "0.1.0"
}
