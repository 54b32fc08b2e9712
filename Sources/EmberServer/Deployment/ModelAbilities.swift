public import EmberContext
public import EmberCore
import EmberEngine
import EmberModels

/// What a model's engine can serve. Requests are checked against it before they are admitted, so that none loads a
/// model in vain.
public struct ModelAbilities: Sendable, Equatable {
    public enum Pictures: String, Codable, Sendable { case none, accepted, required }

    /// How long a prompt may be.
    public struct Window: Sendable, Equatable {
        public var tokens: Int
        /// The visible bytes of the longest token; nil: nothing follows from bytes.
        public var longestToken: Int?
    }

    /// The vectors of embeddings.
    public struct Vectors: Sendable, Equatable {
        /// How many numbers each has; nil: it is not known.
        public var length: Int?
        /// Whether their first numbers are vectors of the same texts (Matryoshka representation learning).
        public var canBeCut: Bool

        func canHave(_ dimensions: Int) -> Bool { dimensions == length || canBeCut && dimensions <= length ?? .max }
    }

    public var kinds = Set(RequestKind.allCases)
    public var pictures = Pictures.accepted
    public var hearsSound = true
    /// Of one request; nil: not known.
    public var window: Window?
    /// What one request may have of the pool that its engine's slots share; nil: no requests can overfill it.
    var pool: PoolTerms?
    /// The most answers to one prompt that its engine computes at once; nil: not known.
    var slots: Int?
    /// nil: its engine has its own way with the length that a request wants.
    public var vectors: Vectors?
    /// Whether it is known what its engine answers with errors of its own.
    public var isLlamaServer = false

    /// Nothing is known that it could not serve.
    public init() {}

    /// Why it cannot serve a request; nil: nothing speaks against it.
    func obstacle(to shape: RequestShape) -> Obstacle? {
        guard let kind = shape.kind else { return nil }
        guard kinds.contains(kind) else { return .kind(kind) }
        if isLlamaServer, let problem = shape.engineProblem { return .problem(problem) }
        if let vectors, let dimensions = shape.dimensions, !vectors.canHave(dimensions) {
            return .dimensions(dimensions, vectors)
        }
        if let slots, shape.bounds.slots > slots { return .answers(shape.bounds.slots, slots: slots) }
        if shape.measure.needsPictures, pictures == .none { return .pictures }
        if !shape.measure.needsPictures, pictures == .required { return .noPicture }
        if shape.measure.needsSound, !hearsSound { return .sound }
        // Counting tokens does not need them to fit.
        guard let window, kind != .countTokens else { return nil }
        let bounds = TokenBounds(shape.measure, longestToken: window.longestToken)
        return bounds.lower > window.tokens ? .tooLong(bounds, window) : nil
    }

    enum Obstacle: Equatable {
        case kind(RequestKind)
        case problem(BodyProblem)
        case pictures
        case noPicture
        case sound
        case dimensions(Int, Vectors)
        case answers(Int, slots: Int)
        case tooLong(TokenBounds, Window)
    }
}

// What is known of llama-server.
extension ModelAbilities {
    /// - Parameters:
    ///   - header: nil where the file is not understood: then little is certain.
    ///   - projector: of a multimodal model.
    ///   - variables: of the engine's environment.
    init(
        _ options: LlamaServerOptions, _ header: GGUFHeader?, projector: GGUFHeader?, variables: some Sequence<String>
    ) {
        self.init()
        isLlamaServer = true
        // Variables set flags without a word: then nothing is certain.
        guard !variables.contains(where: { $0.hasPrefix("LLAMA_ARG_") && !Self.harmless.contains($0) }) else { return }
        let flags = Set(options.extraArguments)
        guard flags.isDisjoint(with: Self.otherModel) else { return }
        let ranks = !flags.isDisjoint(with: ["--rerank", "--reranking"])
        let embeds = options.embeddings || !flags.isDisjoint(with: ["--embedding", "--embeddings"])
        vectors = Vectors(length: header?.embeddingLength, canBeCut: false)
        let isEncoder = header?.architecture.contains("bert") ?? false
        kinds = ranks ? [.rerank, .embeddings] : embeds ? [.embeddings] : isEncoder ? [] : Self.prompts
        if flags.isDisjoint(with: Self.projectors), header != nil {
            pictures = projector?.sees ?? false ? .accepted : .none
            hearsSound = projector?.hears ?? false
        }
        guard let header, flags.isDisjoint(with: Self.windows) else { return }
        let tokens = min(LoadSettings(options).requestWindow, header.contextLength ?? .max)
        window = Window(tokens: tokens, longestToken: header.longestToken)
    }

    private static let prompts: Set<RequestKind> = [.chat, .completions, .responses, .messages, .countTokens]
    private static let harmless: Set = [
        "LLAMA_ARG_FIT", "LLAMA_ARG_THREADS", "LLAMA_ARG_THREADS_HTTP", "LLAMA_ARG_HOST", "LLAMA_ARG_PORT",
        "LLAMA_ARG_FLASH_ATTN", "LLAMA_ARG_N_GPU_LAYERS",
    ]
    /// Flags that put another model in the place of the one that is known.
    private static let otherModel: Set = [
        "-m", "--model", "-mu", "--model-url", "-hf", "-hfr", "--hf-repo", "-hff", "--hf-file", "--models-dir",
        "--override-kv",
    ]
    private static let projectors: Set = [
        "-mm", "--mmproj", "-mmu", "--mmproj-url", "--mmproj-auto", "-mv", "--hf-repo-v", "-hfv",
    ]
    /// Flags by which a prompt may be longer, or a template make less of it.
    private static let windows: Set = [
        "-c", "--ctx-size", "-np", "--parallel", "-kvu", "--kv-unified", "--kv-unified-per-slot", "--context-shift",
        "--chat-template", "--chat-template-file", "--chat-template-kwargs", "--no-jinja",
    ]
}

extension GGUFHeader {
    /// Whether a projector takes pictures, and sound; one that does not say takes pictures.
    fileprivate var sees: Bool { metadata["clip.has_vision_encoder"] != .bool(false) }
    fileprivate var hears: Bool { metadata["clip.has_audio_encoder"] == .bool(true) }
}
