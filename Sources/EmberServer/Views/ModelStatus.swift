import EmberCore

/// What state a model is in, in one word.
public enum ModelStatus: String, CaseIterable, Codable, Sendable {
    /// Configured, not in memory.
    case unloaded
    /// Waiting for memory, or being loaded.
    case loading
    case loaded
    case unloading
    /// Its files are not good, its engine failed too often, or took too much memory; see `failure`.
    case failed

    /// - Parameter problem: why it cannot be loaded as its files are, where that is known of it alone.
    init(_ instance: Instance, problem: String?, settings: PlannerSettings, now: Time) {
        self =
            switch instance.phase {
            case _ where problem != nil: .failed
            case .absent where instance.isUnusable: .failed
            case .absent
            where now < instance.notBefore
                && (instance.failures >= settings.failures.failureLimit || instance.overruns > 0):
                .failed
            case .absent: .unloaded
            case .reserved, .loading: .loading
            case .resident where instance.isDraining: .unloading
            case .resident: .loaded
            case .leaving: .unloading
            }
    }
}
