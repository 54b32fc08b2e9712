/// Which engines a model's key makes sense for.
enum EngineKind: String, CaseIterable, Sendable {
    case llamaServer = "path"
    case command
    case remote = "upstream"

    /// The key that chooses the engine.
    var key: String { rawValue }
}
