/// The folders that a command may refer to as `${models_dir}` and `${cache_dir}`.
public struct EngineDirectories: Sendable {
    public var models: String
    public var cache: String

    public init(models: String, cache: String) {
        self.models = models
        self.cache = cache
    }
}
