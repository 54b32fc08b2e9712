import EmberCore
import EmberSystem
import HTTPTypes
import Hummingbird
import NIOCore

/// /api/chat, generate, embed and embeddings: requests are translated into those that Ember passes on, so that all that
/// holds for these holds here, and their answers are translated back.
struct OllamaInference {
    let inference: InferenceRoutes

    private var coordinator: Coordinator { inference.coordinator }
    private var time: TimeSource { coordinator.time }

    func add(to router: Router<EmberRequestContext>) {
        for form in OllamaForm.allCases {
            router.post(RouterPath(form.path)) { try await answer($0, $1, form) }
        }
    }

    private nonisolated(nonsending) func answer(
        _ request: Request, _ context: EmberRequestContext, _ form: OllamaForm
    ) async throws -> Response {
        let begun = time.now
        let order = try await order(request, context, form)
        switch order.work {
        case .load: return try await change(.load, order)
        case .unload: return try await change(.unload, order)
        case .ask(let kind, let body):
            let response = try await inference.infer(request.asking(kind, body), context, kind)
            return try await translated(response, order, since: begun)
        }
    }

    private nonisolated(nonsending) func order(
        _ request: Request, _ context: EmberRequestContext, _ form: OllamaForm
    ) async throws -> OllamaOrder {
        let client = EventLoopExecutor.current?.client
        let body = try await inference.bodies.collect(
            request.body, length: request.headers[.contentLength].flatMap(Int.init),
            limit: inference.bodyLimit(of: form.streams ? .chat : .embeddings), tenant: context.identity.tenantNumber,
            client: client)
        do {
            return try await body.read { [deployment = coordinator.deployment] in
                try OllamaOrder($0, form, deployment)
            }
        } catch {
            if BodyWork.isLong(body.count), let client { inference.bodies.refused.note(body.count, from: client) }
            throw error
        }
    }

    // MARK: Loads

    /// Answers once the model is in memory, or is to leave it. A model of the cloud is where it is.
    private func change(_ wish: ChangeWaits.Wish, _ order: OllamaOrder) async throws -> Response {
        let model = order.model
        if coordinator.deployment[model].engine != nil {
            if wish == .load {
                let name = order.name
                await coordinator.within {
                    guard let model = name.model(in: $0.deployment) else { return }
                    await $0.engines.files.lookAgain(at: model, for: $0)
                }
                let loaded: Result<ModelChange, Refusal> = await coordinator.within { coordinator in
                    guard let model = name.model(in: coordinator.deployment) else {
                        return .failure(.notConfigured(name.asked))
                    }
                    return await coordinator.engines.changes.awaitChange(
                        .load, of: model, within: nil, for: coordinator)
                }
                if case .failure(let refusal) = loaded { throw APIError(refusal) }
            } else {
                await unload(order.name)
            }
        }
        return .ollama(order.emptyAnswer(wish, time))
    }

    private func unload(_ name: OllamaName) async {
        await coordinator.within {
            guard let model = name.model(in: $0.deployment), $0.deployment[model].engine != nil else { return }
            $0.engines.changes.unload(model, for: $0)
        }
    }

    // MARK: Answers

    private nonisolated(nonsending) func translated(
        _ response: Response, _ order: OllamaOrder, since begun: TimeSource.Instant
    ) async throws -> Response {
        let lines = OllamaLines(form: order.form, model: order.name.asked, time: time)
        var headers = response.headers
        headers[.contentLength] = nil
        let id = headers[.requestID]
        let end: @Sendable () async -> OllamaTimes = { [self] in
            if order.unloads { await unload(order.name) }
            return await times(of: id, since: begun)
        }
        if response.status == .ok, headers[.contentType]?.hasPrefix("text/event-stream") == true {
            headers[.contentType] = "application/x-ndjson"
            let body = response.body
            return Response(
                status: .ok, headers: headers,
                body: .init { writer in
                    try await body.write(OllamaWriter(base: writer, stream: OllamaStream(lines), end: end))
                })
        }
        let answer = try await GatheredBody.bytes(of: response.body)
        let text = try await Self.text(of: answer, response.status, lines, order, end)
        return .ollama(text, status: response.status, headers: headers)
    }

    private nonisolated(nonsending) static func text(
        of answer: ByteBuffer, _ status: HTTPResponse.Status, _ lines: OllamaLines, _ order: OllamaOrder,
        _ end: @Sendable () async -> OllamaTimes
    ) async throws -> [UInt8] {
        let times = await end()
        guard status.code < 400 else {
            let text = String(decoding: answer.readableBytesView.prefix(1000), as: UTF8.self)
            return OllamaLines.error(ErrorObject(told: answer.readableBytesView)?.message ?? text)
        }
        return try await BodyWork.translated(answer, "The engine's answer is") { [dimensions = order.dimensions] in
            try OllamaWhole.answer($0, lines, dimensions: dimensions, times)
        }
    }

    /// - Parameter id: Ember's own of the request; nil: it has none.
    private func times(of id: String?, since begun: TimeSource.Instant) async -> OllamaTimes {
        var loadSeconds: Double?
        if let id, let view = await coordinator.book.explanation(of: id) {
            let sent = view.steps.last { $0.what == "edge" || $0.what == "cloud" }
            loadSeconds = sent.map { $0.time - view.arrived }
        }
        return OllamaTimes(total: begun.duration(to: time.now), loadSeconds: loadSeconds)
    }
}

extension OllamaOrder {
    /// The answer where nothing was asked.
    fileprivate func emptyAnswer(_ wish: ChangeWaits.Wish, _ time: TimeSource) -> [UInt8] {
        let reason = wish == .load ? "load" : "unload"
        var answer = JSONObjectText()
        switch form {
        case .chat, .generate:
            let lines = OllamaLines(form: form, model: name.asked, time: time)
            return lines.part(end: OllamaEnd(finish: reason, times: nil))
        case .embed:
            answer.add("model", name.asked)
            answer.add("embeddings", json: "[]".utf8)
        case .embeddings: answer.add("embedding", json: "[]".utf8)
        }
        return answer.bytes
    }
}

extension Request {
    /// The same request with another body, at another path. What it accepts is in Ollama's form.
    fileprivate func asking(_ kind: RequestKind, _ body: ByteBuffer) -> Request {
        var head = head
        head.path = kind.path
        head.headerFields[.accept] = nil
        head.headerFields[.contentLength] = String(body.readableBytes)
        return Request(head: head, body: RequestBody(buffer: body))
    }
}

extension Response {
    /// JSON in Ollama's form.
    static func ollama(
        _ text: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        headers[.contentLength] = String(text.count)
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: text)))
    }
}
