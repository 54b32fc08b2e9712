/// Which engines a model's key makes sense for.
package enum EngineKind: String, CaseIterable, Sendable {
    case llamaServer = "path"
    case command
    case remote = "upstream"

    /// The key that chooses the engine.
    package var key: String { rawValue }
}
