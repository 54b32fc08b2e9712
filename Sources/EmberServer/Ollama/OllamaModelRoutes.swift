import EmberCore
import EmberSystem
import HTTPTypes
import Hummingbird
import NIOCore

/// What Ollama's API says about the server and its models. Asking never loads a model nor keeps one from idling out.
struct OllamaModelRoutes {
    let coordinator: Coordinator
    let library: OllamaLibrary
    private let started: Double

    /// Of the API that Ember speaks: clients read it as Ollama's, and use no more than that version had.
    static let version = "0.12.11"

    init(coordinator: Coordinator) {
        self.coordinator = coordinator
        library = OllamaLibrary(coordinator.surroundings)
        started = coordinator.time.wallSeconds
    }

    func add(to router: Router<EmberRequestContext>) {
        // Clients ask there whether a server is up.
        router.get("/") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: "Ollama is running")))
        }
        router.get("/api/version") { _, _ in try json(["version": Self.version, "ember": EmberVersion.current]) }
        router.get("/api/tags") { _, _ in
            try json(
                OllamaTags(models: await all(coordinator.deployment.served).flatMap { $0.entries(started: started) }))
        }
        router.get("/api/ps") { _, _ in
            let uses = await coordinator.within { OllamaUse.all(in: $0, at: $0.time.wallSeconds) }
            let models = await all(uses.map(\.served))
            return try json(OllamaResidents(models: zip(models, uses).map { $0.entry($1) }))
        }
        router.post("/api/show") { request, _ in
            let body = try await OllamaSmallBody(request)
            return try json(await model(body.name.configured(in: coordinator.deployment)).view(started: started))
        }
        OllamaDeclarations(coordinator: coordinator, library: library).add(to: router)
    }

    private func all(_ models: [ServedModel]) async -> [OllamaModel] {
        zip(models, await library.facts(of: models)).map(model)
    }

    private func model(_ id: ModelID) async -> OllamaModel {
        let served = coordinator.deployment[id]
        return model(served, await library.facts(of: [served])[0])
    }

    private func model(_ served: ServedModel, _ facts: OllamaFacts) -> OllamaModel {
        OllamaModel(
            served: served, facts: facts, base: served.spec.base.map { coordinator.deployment[$0].name })
    }
}

/// The body of a request that is about a model: its name, and a few members more.
struct OllamaSmallBody: Sendable {
    let name: OllamaName
    let destination: OllamaName?
    let isStreaming: Bool

    init(_ request: Request) async throws {
        let body = try await request.body.collect(upTo: 64 << 10)
        let read = try body.withUnsafeReadableBytes { bytes in
            let body = try OllamaOrder.members(bytes.bindMemory(to: UInt8.self))
            let name = body["model"] ?? body["name"] ?? body["source"]
            return (name?.string, body["destination"]?.string, body["stream"]?.bool)
        }
        guard let asked = read.0, !asked.isEmpty else {
            throw APIError.invalidRequest("model is required", param: "model")
        }
        name = OllamaName(asked: asked)
        destination = read.1.map(OllamaName.init)
        isStreaming = read.2 ?? true
    }
}
