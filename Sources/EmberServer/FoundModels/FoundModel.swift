import EmberDocument
import EmberModels

/// A model as its files alone describe it.
struct FoundModel: Sendable, Equatable {
    /// What it is for, by its header.
    enum Use: Sendable { case prompts, embeddings, ranking }

    var name: String
    /// An absolute path; of a split model, that of its first part.
    var path: String
    var use: Use
    /// Tokens that it was trained for; nil: its file does not say.
    var trainedTokens: Int?
    /// The file of its projector, where one was found.
    var projector: String?

    /// Of one request: enough for a conversation, and little enough for a small machine.
    private static let contextTokens = 8192
    private static let slots = 2

    init(name: String, path: String, _ header: GGUFHeader) {
        (self.name, self.path) = (name, path)
        use = header.use
        trainedTokens = header.contextLength
    }

    /// Its lines below `models` of a configuration.
    var configurationText: String {
        var lines = ["  \(JSONValue.string(name).yamlText):", "    path: \(JSONValue.string(path).yamlText)"]
        if let projector { lines.append("    mmproj: \(JSONValue.string(projector).yamlText)") }
        switch use {
        case .embeddings: lines.append("    embeddings: true")
        case .ranking: lines.append("    args: [--reranking]")
        case .prompts:
            let tokens = min(Self.contextTokens, max(trainedTokens ?? Self.contextTokens, 1))
            lines += ["    context: \(tokens)", "    parallel: \(Self.slots)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A model's name, from its file's: without the ending and the number of a part, and with "-" for what a name may
    /// not have.
    static func name(ofFile path: String) -> String {
        var stem = path.split(separator: "/").last.map { String($0) } ?? ""
        if let (names, number) = GGUFSplit.parts(like: stem) {
            stem.removeLast(GGUFSplit.suffix(part: number, of: names.count).count)
        } else if stem.lowercased().hasSuffix(".gguf") {
            stem.removeLast(".gguf".count)
        }
        let words = stem.split { !($0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "." || $0 == "_") }
        let name = words.joined(separator: "-").prefix(200)
        return name.isEmpty ? "model" : String(name)
    }
}

extension GGUFHeader {
    private static let rankPooling = 4

    fileprivate var use: FoundModel.Use {
        if poolingType == Self.rankPooling { return .ranking }
        return isEmbeddingModel || architecture.contains("bert") ? .embeddings : .prompts
    }
}
