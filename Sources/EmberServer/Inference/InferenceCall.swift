import EmberContext
import EmberCore
import EmberSystem
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// A request for inference, read and resolved: what is asked of whom.
///
/// A class, as it is long, is handed on at every step of its way, and does not change.
final class InferenceCall: Sendable {
    let headers: HTTPHeaders
    let size: RequestSize
    private let content: Content
    /// The client's own, which upstreams receive.
    private let own: CallBody
    /// What engines receive in its place, where they answer it in another form.
    private let chat: TranslatedCall?
    /// The service that its header or its key names.
    private let serviceName: String?
    /// By which its tenant's conversations are found.
    private let chainKey: ChainKey

    /// What OpenAI gives a completion that names no bound.
    private static let completionTokens = 16

    /// Headers that concern the answer's form; all others stay with Ember.
    private static let forwarded: [HTTPField.Name] = [
        .accept, HTTPField.Name("anthropic-version")!, HTTPField.Name("anthropic-beta")!,
        HTTPField.Name("openai-beta")!,
    ]

    nonisolated(nonsending) init(
        _ request: Request, _ kind: RequestKind, id: String = "", identity: Identity, deployment: Deployment,
        bodies: BodyStore, maxBodyBytes: Int
    ) async throws {
        let path = request.head.path == kind.path ? kind.path : kind.path + (request.uri.query.map { "?" + $0 } ?? "")
        let body = try await bodies.collect(
            request.body, length: request.headers[.contentLength].flatMap(Int.init), limit: maxBodyBytes,
            tenant: identity.tenantNumber, client: EventLoopExecutor.current?.client)
        let service = request.headers[.service] ?? identity.service
        serviceName = service
        let key = deployment.stateKeys.chain(of: identity.tenant)
        chainKey = key
        var read: Content
        do {
            // What is translated is walked over level by level.
            read = try await body.read(passes: kind == .messages ? 4 : 1) {
                try Content($0, kind, service: service, deployment.state, key: key)
            }
        } catch {
            if BodyWork.isLong(body.count), let client = EventLoopExecutor.current?.client {
                bodies.refused.note(body.count, from: client)
            }
            throw error
        }
        chat = try await Self.chat(read.draft.take(), bodies, tenant: identity.tenantNumber)
        content = read
        own = CallBody(path: path, read.shape, body)
        size = RequestSize(promptBytes: body.count, answerTokens: read.shape.maxTokens)
        var headers = HTTPHeaders()
        // With those of the connection.
        headers.reserveCapacity(Self.forwarded.count + 5)
        for name in Self.forwarded {
            if let value = request.headers[name] { headers.add(name: name.canonicalName, value: value) }
        }
        TraceParent(request.headers)?.add(to: &headers, asChildOf: id)
        // The body is JSON, whatever it was called: engines take what is called a form apart, and upstreams refuse it.
        headers.add(name: "content-type", value: "application/json")
        self.headers = headers
    }

    /// The same request, for what its names mean now.
    private init(
        again call: InferenceCall, _ kind: RequestKind, _ deployment: Deployment, _ bodies: BodyStore, tenant: Int
    ) async throws {
        (own, headers, size, serviceName) = (call.own, call.headers, call.size, call.serviceName)
        chainKey = call.chainKey
        var read = try await call.own.read {
            try Content($0, kind, service: call.serviceName, deployment.state, key: call.chainKey)
        }
        chat = try await Self.chat(read.draft.take(), bodies, tenant: tenant)
        content = read
    }

    nonisolated(nonsending) private static func chat(
        _ draft: consuming TranslatedCall.Draft?, _ bodies: BodyStore, tenant: Int
    ) async throws -> TranslatedCall? {
        guard let draft else { return nil }
        return try await TranslatedCall(draft, bodies, tenant: tenant)
    }

    /// What its names mean in the present configuration.
    ///
    /// - Returns: nil where that is the one in which they were looked up.
    /// - Throws: where they mean nothing any more.
    func again(in deployment: Deployment, _ bodies: BodyStore, tenant: Int) async throws -> InferenceCall? {
        guard let kind, deployment.state.generation != generation else { return nil }
        return try await InferenceCall(again: self, kind, deployment, bodies, tenant: tenant)
    }

    var model: ModelID { content.model }
    /// Of the deployment, when its names were looked up.
    var generation: Int { content.generation }
    var service: ServiceID { content.service }
    var isStreaming: Bool { shape.isStreaming }
    /// Its prompt, read only where it is needed: for demonstrations, or for a slot.
    var prompt: PromptBody? { content.prompt }
    /// Models whose engines cannot serve it, of those that may be asked to.
    var unfit: [ModelID] { content.unfit }
    private var shape: RequestShape { _read { yield content.shape } }

    /// Of the client's own body.
    var path: String { own.path }

    /// The client's own body for a model of that name.
    func body(for name: String, _ edits: [BodyEdit] = []) -> OutgoingBody { own.outgoing(for: name, edits) }

    /// The body as engines receive it.
    var atEdge: CallBody { chat?.body ?? own }

    /// The body to which the answer belongs.
    func asked(of answer: EngineAnswer) -> CallBody { answer.translation == nil ? own : atEdge }

    /// How an engine's answer goes to the client; nil: as it comes.
    var translation: MessagesAnswer? { chat?.answer }

    /// What makes the engine apply the adapter, or none. The last of equal keys counts, so a client's own choice does
    /// not.
    func edits(applying adapter: AppliedAdapter?) -> [BodyEdit] {
        guard let adapter else { return [] }
        return atEdge.member("\"lora\":[{\"id\":\(adapter.place),\"scale\":\(adapter.scale)}]")
    }

    /// What keeps an engine from beginning where an earlier prompt was the same: whose that was is not known.
    var editsAgainstReuse: [BodyEdit] { shape.kind?.format == nil ? [] : atEdge.member(PromptBody.reusesNothing) }

    /// How large it is, for what it can cost in the cloud at most.
    var cloudSize: CloudRequestSize {
        let most = TokenBounds.upper(bodyBytes: own.count)
        guard shape.kind?.format != nil else { return CloudRequestSize(mostInputTokens: most, maxTokens: 0) }
        let bounds = shape.bounds
        return CloudRequestSize(
            mostInputTokens: most, maxTokens: bounds.tokens, answers: bounds.answers,
            refersElsewhere: bounds.refersElsewhere)
    }

    /// The bound of the answer, where the request says none and tokens cost money: so that no answer costs more than
    /// was set aside.
    func bounds(for target: CloudTarget) -> [BodyEdit] {
        guard let prices = target.prices, let format = shape.kind?.format, shape.bounds.tokens == nil else { return [] }
        // Completions are short unless the request says otherwise.
        let tokens = format == .completion ? min(Self.completionTokens, prices.maxTokens) : prices.maxTokens
        return [shape.bounds.edit(bounding: tokens)]
    }

    /// Whether Ember must ask the upstream for a stream's usage, by which it is billed: OpenAI's shape has none
    /// unasked.
    func asksForUsage(of target: CloudTarget) -> Bool {
        target.prices != nil && isStreaming && shape.streamOptions != .decided
            && (shape.kind == .chat || shape.kind == .completions)
    }

    /// Asks for the usage of a stream, and leaves the client's other options as they are.
    var usageWish: [BodyEdit] {
        shape.streamOptions.wishingUsage.map { [$0] } ?? own.member("\"stream_options\":{\"include_usage\":true}")
    }

    var kind: RequestKind? { shape.kind }

    /// Whether it and its answer may be kept for later requests.
    var mayBeStored: Bool { shape.mayBeStored }

    /// How many numbers it wants a vector to have; nil: as many as the model gives.
    var dimensions: Int? { shape.dimensions }

    /// The model's name in the request; nil where it has none.
    var askedModel: String? { shape.model }

    /// The API that was asked.
    var form: APIForm { own.form }

    /// Whether the answer is to be a stream of events.
    var wantsEvents: Bool { isStreaming && shape.kind?.format != nil }

    /// Tells requests apart, in this process.
    var fingerprint: Int {
        get async {
            let hash = try? await own.read { [path, model] bytes in
                var hasher = Hasher()
                hasher.combine(path)
                hasher.combine(model)
                hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
                return hasher.finalize()
            }
            // Of a file that cannot be read: all such are one.
            return hash ?? 0
        }
    }
}

/// What a request's body says, checked against what the server has.
private struct Content: Sendable {
    let shape: RequestShape
    let model: ModelID
    let service: ServiceID
    let prompt: PromptBody?
    private(set) var unfit: [ModelID]
    /// The request as a chat, where engines receive it so.
    var draft: TranslatedCall.Draft?
    let generation: Int

    init(
        _ bytes: UnsafeBufferPointer<UInt8>, _ kind: RequestKind, service: String?, _ deployment: DeploymentState,
        key: ChainKey
    ) throws {
        if BodyWork.isLong(bytes.count) { assertMayBlock() }
        do throws(BodyProblem) { shape = try RequestShape(bytes, kind: kind) } catch { throw APIError(error) }
        model = try Self.model(shape.model, deployment)
        self.service = try Self.service(service, deployment)
        if let problem = shape.problem { throw APIError(problem) }
        unfit = try deployment.unfitModels(for: shape, asking: model, self.service)
        if kind == .messages {
            let engines = deployment.engines(for: self.service, model).filter { [unfit] in !unfit.contains($0) }
            draft = try deployment.chatDraft(bytes, for: engines, asking: model, unfit: &unfit)
        }
        let needsPrompt = deployment.needsPrompts(of: self.service, for: model)
        prompt = needsPrompt ? draft.map { $0.prompt(key: key) } ?? PromptBody(bytes, shape, key: key) : nil
        generation = deployment.generation
    }

    private static func model(_ name: String?, _ deployment: DeploymentState) throws(APIError) -> ModelID {
        guard let name else {
            if let only = deployment.onlyModel { return only }
            throw .invalidRequest("Say which model: 'model' is missing. See /v1/models.", param: "model")
        }
        guard let model = deployment.model(named: name) else {
            let known = deployment.modelIDs.prefix(20).map { deployment[$0].name }.joined(separator: ", ")
            throw .notFound(
                "The model '\(name.prefix(200))' is not configured. Configured: \(known).", param: "model",
                code: "model_not_found")
        }
        return model
    }

    private static func service(_ name: String?, _ deployment: DeploymentState) throws(APIError) -> ServiceID {
        guard let name else { return deployment.defaultService }
        guard let service = deployment.service(named: name) else {
            let known = deployment.serviceIDs.prefix(20).map { deployment.catalogue[$0].name }.joined(separator: ", ")
            throw .invalidRequest(
                "The service '\(name.prefix(200))' (x-ember-service) is not configured. Configured: \(known).",
                param: "x-ember-service", code: "service_not_found")
        }
        return service
    }
}
