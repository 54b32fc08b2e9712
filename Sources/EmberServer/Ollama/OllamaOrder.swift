import EmberContext
import EmberCore
import EmberEngine
import EmberModels
import NIOCore

/// What a request to one of Ollama's paths of inference asks for, in the form of the API that Ember passes on.
struct OllamaOrder: Sendable {
    enum Work: Sendable {
        /// A body for that path.
        case ask(RequestKind, ByteBuffer)
        /// There is no prompt: the model is to be in memory, or to leave it.
        case load
        case unload
    }

    let form: OllamaForm
    let name: OllamaName
    let model: ModelID
    let isStreaming: Bool
    /// The model is to leave memory behind the answer.
    let unloads: Bool
    /// The length to which embeddings are cut; nil: they keep theirs.
    let dimensions: Int?
    let work: Work

    /// O(bytes).
    init(_ bytes: UnsafeBufferPointer<UInt8>, _ form: OllamaForm, _ deployment: Deployment) throws {
        let body = try Self.members(bytes)
        guard let asked = (body["model"] ?? body["name"])?.string, !asked.isEmpty else {
            throw APIError.invalidRequest("model is required", param: "model")
        }
        self.form = form
        name = OllamaName(asked: asked)
        model = try name.configured(in: deployment)
        guard let streams = body["stream"].map(\.bool) ?? form.streams else {
            throw APIError.wrongType("stream", "true or false")
        }
        isStreaming = form.streams && streams
        let keepAlive = try body["keep_alive"].map(OllamaKeepAlive.init)
        unloads = keepAlive?.isNone ?? false
        dimensions = form == .embed ? try Self.dimensions(body["dimensions"]) : nil
        let served = deployment[model]
        let options = try OllamaOptions(body["options"])
        try options?.check(window: served.declaredWindow, of: served.name)
        let translation = OllamaTranslation(body: body, options: options, name: served.name, isStreaming: isStreaming)
        if let (kind, text) = try translation.translated(form) {
            work = .ask(kind, ByteBuffer(bytes: text))
        } else {
            work = unloads ? .unload : .load
        }
    }

    /// - Throws: `APIError` for what is no JSON object.
    static func members(_ bytes: UnsafeBufferPointer<UInt8>) throws -> JSONMembers {
        do throws(BodyProblem) { _ = try RequestShape(bytes, kind: nil) } catch { throw APIError(error) }
        return try JSONMembers(bytes)
    }

    /// 0 means all of them, as in Ollama.
    private static func dimensions(_ value: JSONMembers.Value?) throws -> Int? {
        guard let value else { return nil }
        guard let count = value.integer, count >= 0 else { throw APIError.wrongType("dimensions", "a number") }
        return count == 0 ? nil : count
    }
}

extension ServedModel {
    /// The tokens of each request as the configuration says them; nil where the model itself has no more, since Ollama
    /// lowers a larger wish then without a word, or where they are not known.
    var declaredWindow: Int? {
        guard case .llamaServer(let options)? = engine?.launch, let window = abilities.window else { return nil }
        let declared = LoadSettings(options).requestWindow
        return window.tokens < declared ? nil : declared
    }
}
