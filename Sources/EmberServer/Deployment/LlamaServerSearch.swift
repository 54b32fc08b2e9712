import Foundation

/// Finds llama-server: where the configuration (or `EMBER_LLAMA_SERVER`) says, else in PATH, else where Ember's set-up
/// has built it.
struct LlamaServerSearch {
    /// In the order in which they are tried.
    let places: [String]

    init(configured: String?, environment: [String: String], cache: String) {
        let path = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/llama-server" }
        places = configured.map { [$0] } ?? path + ["\(cache)/engine/llama-server"]
    }

    func find() -> String? { places.first(where: FileManager.default.isExecutableFile(atPath:)) }
}
