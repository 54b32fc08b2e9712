/// Which engines a model's key makes sense for.
package enum EngineKind: String, CaseIterable, Sendable {
    case llamaServer = "path"
    case command
    case remote = "upstream"
    /// A LoRA adapter on the weights of another model.
    case adapter = "lora"

    /// The key that chooses the engine.
    package var key: String { rawValue }
}
