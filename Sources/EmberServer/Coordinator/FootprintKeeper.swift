public import EmberCore
import EmberEngine

/// What identifies a model and its settings to the memory of measured footprints.
public struct FootprintKey: Hashable, Sendable {
}

/// Measures what engines take in memory and remembers it for their next load.
public struct FootprintKeeper: Sendable {
    public init() {}

    /// The bytes that the process tree under `root` takes; nil when it cannot be seen.
    func measure(root: Int32) async -> Bytes? { nil }

    /// Takes in a measurement and returns what to count on for the model from now on.
    func remember(_ bytes: Bytes, of model: ServedModel) -> Bytes { bytes }
}
