import EmberCore
import Hummingbird
import NIOCore

/// The paths by which Ollama's clients change which models there are. In Ember that is the configuration's to say: what
/// it already says is done at once, and everything else is an error that names the way.
struct OllamaDeclarations {
    let coordinator: Coordinator
    let library: OllamaLibrary

    private var deployment: Deployment { coordinator.deployment }

    func add(to router: Router<EmberRequestContext>) {
        router.post("/api/pull") { request, _ in try await pull(OllamaSmallBody(request)) }
        router.post("/api/copy") { request, _ in
            try copy(await OllamaSmallBody(request))
            return Response(status: .ok)
        }
        router.delete("/api/delete") { request, _ -> Response in
            throw try await kept(OllamaSmallBody(request).name)
        }
        router.post("/api/create") { _, _ -> Response in throw APIError.declared("No model is made by a request") }
        router.post("/api/push") { _, _ -> Response in throw APIError.declared("No model is sent anywhere") }
        router.post("/api/blobs/:digest") { _, _ -> Response in
            throw APIError.declared("No file is taken in by a request")
        }
        // Clients ask whether the server has the file before they send it.
        router.get("/api/blobs/:digest") { _, _ -> Response in
            throw APIError.notFound("blob not found: files of models are named in Ember's configuration")
        }
    }

    /// A configured model whose file is there has been pulled. Where it is not, the operator has to bring it.
    private func pull(_ body: OllamaSmallBody) async throws -> Response {
        guard let id = body.name.model(in: deployment) else { throw APIError.unknownPull(body.name) }
        let served = deployment[id]
        if let problem = served.problem { throw APIError.unusable(served, problem) }
        let facts = await library.facts(of: [served])[0]
        let digest = OllamaModel(served: served, facts: facts, base: nil).digest
        var whole = JSONObjectText()
        whole.add("status", "pulling \(digest.prefix(12))")
        whole.add("digest", "sha256:\(digest)")
        whole.add("total", facts.bytes)
        whole.add("completed", facts.bytes)
        let lines = [Self.status("pulling manifest"), whole.bytes, Self.status("success")]
        guard body.isStreaming else { return .ollama(lines[2]) }
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson"],
            body: .init(byteBuffer: ByteBuffer(bytes: lines.flatMap { $0 + [UInt8(ascii: "\n")] })))
    }

    private static func status(_ text: String) -> [UInt8] {
        var line = JSONObjectText()
        line.add("status", text)
        return line.bytes
    }

    /// A name that the model already has needs no copy.
    private func copy(_ body: OllamaSmallBody) throws {
        let source = try body.name.configured(in: deployment)
        guard let destination = body.destination else {
            throw APIError.invalidRequest("destination is required", param: "destination")
        }
        guard destination.model(in: deployment) != source else { return }
        let (name, known) = (destination.asked.prefix(200), deployment[source].name)
        throw APIError.declared("'\(name)' is no name of '\(known)': add it to the model's aliases")
    }

    private func kept(_ name: OllamaName) throws -> APIError {
        let model = try name.configured(in: deployment)
        return .declared("'\(deployment[model].name)' stays: take it out")
    }
}

extension APIError {
    /// - Parameter problem: how a sentence about it begins.
    fileprivate static func declared(_ problem: String) -> APIError {
        APIError(
            status: .forbidden,
            message: "\(problem). Models are declared in Ember's configuration (models:): 'ember add' and 'ember rm' "
                + "change it, and 'ember reload' has a changed one read again.",
            type: "invalid_request_error", code: "declared_in_configuration")
    }

    fileprivate static func unknownPull(_ name: OllamaName) -> APIError {
        .notFound(
            "model '\(name.asked.prefix(200))' not found: Ember pulls no model by a request. Download it with "
                + "'ember models pull SOURCE', and declare it in the configuration (models:).", param: "model",
            code: "model_not_found")
    }

    fileprivate static func unusable(_ model: ServedModel, _ problem: String) -> APIError {
        APIError(
            status: .serviceUnavailable,
            message: "'\(model.name)' is configured, but cannot be loaded: \(problem). "
                + "'ember models pull' downloads files.",
            type: "server_error", code: "model_failed")
    }
}
