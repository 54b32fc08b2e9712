import EmberContext
import EmberCore
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// A request for inference, read and resolved: what is asked of whom.
struct InferenceCall: Sendable {
    /// With its query.
    let path: String
    let model: ModelID
    let service: ServiceID
    let isStreaming: Bool
    let headers: HTTPHeaders
    /// How its prompt is written; nil where it has none, as for embeddings.
    private let format: PromptFormat?
    /// Its prompt, read once and only where somebody needs it: for demonstrations, or for a slot.
    let prompt: PromptBody?
    /// What its answers come to at most; read only where they may cost money.
    private let bounds: AnswerBounds?
    let size: RequestSize
    private let body: StoredBody
    private let saysStreamOptions: Bool
    /// Where its object ends, and whether it has no member.
    private let closingBrace: Int
    private let isEmpty: Bool
    private let requestedModel: String?
    private let modelRange: Range<Int>?

    /// What OpenAI gives a completion that names no bound.
    private static let completionTokens = 16

    /// Headers that concern the answer's form; all others stay with Ember.
    private static let forwarded: [HTTPField.Name] = [
        .contentType, .accept, HTTPField.Name("anthropic-version")!, HTTPField.Name("anthropic-beta")!,
        HTTPField.Name("openai-beta")!,
    ]

    init(
        _ request: Request, identity: Identity, deployment: Deployment, bodies: BodyStore, maxBodyBytes: Int
    ) async throws {
        path = request.uri.path + (request.uri.query.map { "?" + $0 } ?? "")
        body = try await bodies.collect(
            request.body, length: request.headers[.contentLength].flatMap(Int.init), limit: maxBodyBytes,
            tenant: identity.tenantNumber)
        format = PromptFormat(path: request.uri.path)
        let named = request.headers[.service] ?? identity.service
        let reading = try await body.read { [format] bytes in try Reading(bytes, format, named, deployment) }
        let envelope = reading.envelope
        saysStreamOptions = envelope.hasStreamOptions
        (closingBrace, isEmpty) = (envelope.closingBrace, envelope.isEmpty)
        requestedModel = envelope.model
        modelRange = envelope.modelRange
        isStreaming = envelope.isStreaming
        size = RequestSize(promptBytes: body.count, answerTokens: envelope.maxTokens)
        (model, service) = (reading.model, reading.service)
        (prompt, bounds) = (reading.prompt, reading.bounds)
        var headers = HTTPHeaders()
        for name in Self.forwarded {
            if let value = request.headers[name] { headers.add(name: name.canonicalName, value: value) }
        }
        self.headers = headers
    }

    /// What is found in the body's bytes.
    private struct Reading: Sendable {
        let envelope: JSONEnvelope
        let model: ModelID
        let service: ServiceID
        let prompt: PromptBody?
        let bounds: AnswerBounds?

        init(
            _ bytes: UnsafeBufferPointer<UInt8>, _ format: PromptFormat?, _ named: String?, _ deployment: Deployment
        ) throws(APIError) {
            envelope = try InferenceCall.envelope(of: bytes)
            model = try InferenceCall.model(envelope.model, deployment)
            service = try InferenceCall.service(named, deployment)
            prompt =
                deployment.needsPrompts(of: service, for: model)
                ? format.flatMap { PromptBody(bytes, format: $0) } : nil
            bounds =
                deployment.mayCostMoney(model)
                ? prompt?.bounds ?? format.flatMap { AnswerBounds(bytes, format: $0) } : nil
            if let key = bounds?.unreadable {
                throw .invalidRequest("'\(key)' must be a number of tokens, such as 256.", param: key)
            }
        }
    }

    /// The body for a model of that name: the client's own bytes, with only the model's name replaced where it differs,
    /// and what the edits say.
    func body(for name: String, _ edits: [BodyEdit] = []) -> OutgoingBody {
        var edits = edits
        if let modelRange, requestedModel != name { edits.append(BodyEdit(modelRange, JSONLiteral.string(name))) }
        return body.edited(edits)
    }

    /// What makes the engine apply the adapter, or none. The last of equal keys counts, so a client's own choice does not.
    func edits(applying adapter: AdapterUse?) -> [BodyEdit] {
        guard let adapter else { return [] }
        return member("\"lora\":[{\"id\":\(adapter.place),\"scale\":\(adapter.scale)}]")
    }

    /// What keeps an engine from beginning where an earlier prompt was the same: whose that was is not known.
    var editsAgainstReuse: [BodyEdit] { format == nil ? [] : member(PromptBody.reusesNothing) }

    /// How large it is, for what it can cost in the cloud at most; only where that costs anything.
    var cloudSize: CloudRequestSize {
        guard let bounds else {
            return CloudRequestSize(inputBytes: body.count, maxTokens: format == nil ? 0 : nil)
        }
        return CloudRequestSize(
            inputBytes: body.count, maxTokens: bounds.tokens, answers: bounds.answers,
            refersElsewhere: bounds.refersElsewhere)
    }

    /// The bound of the answer, where the request says none and tokens cost money: so that no answer costs more than was set
    /// aside.
    func bounds(for target: CloudTarget) -> [BodyEdit] {
        guard let prices = target.prices, let bounds, bounds.tokens == nil else { return [] }
        // Completions have always been short where nobody says otherwise.
        let tokens = format == .completion ? min(Self.completionTokens, prices.maxTokens) : prices.maxTokens
        return [bounds.edit(bounding: tokens)]
    }

    /// Whether the upstream has to be asked what a stream's bill goes by: OpenAI's shape tells no usage unasked.
    func asksForUsage(of target: CloudTarget) -> Bool {
        target.prices != nil && isStreaming && !saysStreamOptions && (format == .chat || format == .completion)
    }

    var usageWish: [BodyEdit] { member("\"stream_options\":{\"include_usage\":true}") }

    /// One more member, at the end of the body's object.
    private func member(_ text: String) -> [BodyEdit] {
        [.insertion(at: closingBrace, isEmpty ? text : ",\(text)")]
    }

    private static func envelope(of bytes: UnsafeBufferPointer<UInt8>) throws(APIError) -> JSONEnvelope {
        do {
            return try JSONEnvelope(bytes)
        } catch .modelIsNoString {
            throw .invalidRequest("'model' must be a string, such as \"model\": \"smollm2\".", param: "model")
        } catch .malformed(let position) {
            throw .invalidRequest("The body is not valid JSON: see byte \(position).")
        } catch {
            throw .invalidRequest("The body must be a JSON object with at least a 'model'.")
        }
    }

    private static func model(_ name: String?, _ deployment: Deployment) throws(APIError) -> ModelID {
        guard let name else {
            if let only = deployment.onlyModel { return only }
            throw .invalidRequest("Say which model: 'model' is missing. See /v1/models.", param: "model")
        }
        guard let model = deployment.model(named: name) else {
            let known = deployment.models.prefix(20).map(\.name).joined(separator: ", ")
            throw .notFound(
                "The model '\(name.prefix(200))' is not configured. Configured: \(known).", param: "model",
                code: "model_not_found")
        }
        return model
    }

    private static func service(_ name: String?, _ deployment: Deployment) throws(APIError) -> ServiceID {
        guard let name else { return deployment.defaultService }
        guard let service = deployment.service(named: name) else {
            let known = deployment.catalogue.services.prefix(20).map(\.name).joined(separator: ", ")
            throw .invalidRequest(
                "The service '\(name.prefix(200))' (x-ember-service) is not configured. Configured: \(known).",
                param: "x-ember-service", code: "service_not_found")
        }
        return service
    }
}
