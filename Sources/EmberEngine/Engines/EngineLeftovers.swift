import EmberSystem

/// What engines of an Ember that was killed have left behind.
public enum EngineLeftovers {
    /// Removes it, and leaves alone what belongs to an Ember that lives.
    ///
    /// - Returns: how many folders there were.
    public static func remove() -> Int {
        ControlGroup.removeDead()
        return RuntimeFolder.removeDead()
    }
}
