import EmberCore

/// A model's name as Ollama's clients write it: with a tag, which is `latest` where they know of none.
struct OllamaName: Sendable, Equatable {
    /// As the request has it.
    let asked: String

    private static let latest = ":latest"

    /// As lists give it: clients hold their own names, to which they have added the tag, against them.
    static func listed(_ name: String) -> String { name.contains(":") ? name : name + latest }

    /// By which a model is found as well: with the tag, or without it.
    static func other(_ name: String) -> String {
        name.hasSuffix(latest) ? String(name.dropLast(latest.count)) : listed(name)
    }

    /// The model that is meant; nil: none is configured by that name.
    func model(in deployment: Deployment) -> ModelID? { deployment.model(named: asked) }

    /// - Throws: where no such model is configured, as Ollama words it, since clients look for these words.
    func configured(in deployment: Deployment) throws(APIError) -> ModelID {
        guard let model = model(in: deployment) else { throw notFound }
        return model
    }

    var notFound: APIError {
        .notFound("model '\(asked.prefix(200))' not found", param: "model", code: "model_not_found")
    }
}
