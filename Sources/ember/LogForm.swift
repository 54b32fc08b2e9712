import EmberConfig
import Synchronization

/// The form of all lines of the log. Loggers are made before the configuration is read that says it.
final class LogForm: Sendable {
    private let isJSON: Atomic<Bool>
    /// The command line's goes before the configuration's.
    private let isFixed: Bool

    /// - Parameter chosen: by the command line; nil: it says nothing.
    init(_ chosen: LogFormat?) {
        isJSON = Atomic(chosen == .json)
        isFixed = chosen != nil
    }

    var format: LogFormat { isJSON.load(ordering: .relaxed) ? .json : .text }

    func take(_ configuration: LogConfiguration) {
        if !isFixed { isJSON.store(configuration.format == .json, ordering: .relaxed) }
    }
}
