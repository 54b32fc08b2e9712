import EmberConfig
import EmberCore

/// The ids of a configuration's models: at the start, their places in the file.
struct ModelPlaces: Sendable {
    private let ids: [String: ModelID]

    init(_ configuration: Configuration) {
        ids = Dictionary(
            uniqueKeysWithValues: configuration.models.enumerated().map { ($0.element.name, ModelID($0.offset)) })
    }

    /// - Parameter ids: by name, of every model of the configuration.
    init(_ ids: [String: ModelID]) { self.ids = ids }

    func find(_ name: String) -> ModelID? { ids[name] }

    /// - Parameter name: one that the configuration has; it was checked when it was read.
    subscript(name: String) -> ModelID {
        guard let id = ids[name] else { preconditionFailure("no model is configured under the name \(name)") }
        return id
    }
}
