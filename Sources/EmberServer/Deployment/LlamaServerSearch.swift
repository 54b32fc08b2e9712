import EmberSystem

/// Finds llama-server: where the configuration (or `EMBER_LLAMA_SERVER`) says, else in PATH, else where Ember's set-up
/// has built it.
struct LlamaServerSearch {
    /// In the order in which they are tried.
    let places: [String]
    private let files: any FileSystem

    init(configured: String?, environment: [String: String], cache: String, files: any FileSystem) {
        let path = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/llama-server" }
        self.files = files
        places = configured.map { [$0] } ?? path + ["\(cache)/engine/llama-server"]
    }

    func find() -> String? { places.first(where: files.isExecutable) }
}
