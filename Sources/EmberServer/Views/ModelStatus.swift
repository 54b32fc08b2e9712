import EmberCore

/// What state a model is in, in one word.
public enum ModelStatus: String, Codable, Sendable {
    /// Configured, not in memory.
    case unloaded
    /// Waiting for memory, or being loaded.
    case loading
    case loaded
    case unloading
    /// Its engine failed too often, or took too much memory; see `failure`.
    case failed

    init(_ instance: Instance, settings: PlannerSettings, now: Time) {
        self =
            switch instance.phase {
            case .absent
            where now < instance.notBefore
                && (instance.failures >= settings.failureLimit || instance.overruns > 0):
                .failed
            case .absent: .unloaded
            case .reserved, .loading: .loading
            case .resident where instance.isDraining: .unloading
            case .resident: .loaded
            case .leaving: .unloading
            }
    }
}
