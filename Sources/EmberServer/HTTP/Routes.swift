import EmberContext
import EmberCore
import EmberSystem
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// /v1/…: inference, passed to the engine or upstream that the planner chooses.
struct InferenceRoutes {
    let coordinator: Coordinator
    let client: EngineClient
    let keeper: ContextKeeper?
    let bodies: BodyStore
    let bodyLengths: BodyLengths
    let pingSeconds: Double
    let names: RequestNames

    func add(to router: Router<EmberRequestContext>) {
        for kind in RequestKind.allCases {
            router.post(RouterPath(kind.path)) { try await infer($0, $1, kind) }
        }
    }

    nonisolated(nonsending) func infer(
        _ request: Request, _ context: EmberRequestContext, _ kind: RequestKind
    ) async throws -> Response {
        let id = names.next()
        context.access?.take(id: id, trace: TraceParent(request.headers)?.trace)
        let limit = bodyLimit(of: kind)
        do {
            // Before its body is read.
            if coordinator.drain.hasBegun { throw APIError(Refusal.shuttingDown) }
            return try await answer(request, context, kind, id, maxBodyBytes: limit)
        } catch var error as APIError {
            error.requestID = id
            throw error
        }
    }

    func bodyLimit(of kind: RequestKind) -> Int {
        bodyLengths.bytes(of: kind)
    }

    nonisolated(nonsending) private func answer(
        _ request: Request, _ context: EmberRequestContext, _ kind: RequestKind, _ id: String, maxBodyBytes: Int
    ) async throws -> Response {
        let begun = coordinator.time.now
        var call = try await InferenceCall(
            request, kind, id: id, identity: context.identity, deployment: coordinator.deployment, bodies: bodies,
            maxBodyBytes: maxBodyBytes)
        while true {
            do { return try await answer(call, request, context, id, since: begun) } catch let error as APIError {
                // What it was sent to has left the configuration; its names may mean something else there.
                guard error.isOfUnknownModel,
                    let next = try await call.again(
                        in: coordinator.deployment, bodies, tenant: context.identity.tenantNumber)
                else {
                    throw error
                }
                call = next
            }
        }
    }

    nonisolated(nonsending) private func answer(
        _ call: InferenceCall, _ request: Request, _ context: EmberRequestContext, _ id: String,
        since begun: TimeSource.Instant
    ) async throws -> Response {
        // Before the admission: what finds out where the text lies may itself have to be loaded.
        let own = try await self.context(of: call, id, request, context.identity)
        let bound = await poolBound(of: call)
        var terms = try terms(of: call, request, context.identity, since: begun)
        if bound.tokens > 0 { terms.tokens = bound.tokens }
        let admission = await coordinator.admit(
            service: call.service, model: call.model, name: id, size: call.cloudSize, terms: terms,
            asOf: call.generation,
            figures: coordinator.meters == nil
                ? nil
                : call.kind.map {
                    RequestFigures(id: id, arrived: begun, $0, context.identity, call.size, context.access)
                },
            fingerprint: coordinator.fatal.isEmpty ? nil : await call.fingerprint)
        let exchange = Exchange(
            call, admission.ticket, id: id, tenant: context.identity.tenantNumber, bound: bound, context: own,
            coordinator: coordinator, client: client, pingSeconds: pingSeconds)
        // As long as the request lives, its ids mean what they meant.
        let model = call.dimensions == nil ? nil : coordinator.deployment[call.model]
        let response = try await exchange.respond(admission.outcome)
        guard let dimensions = call.dimensions, let model else { return response }
        return try await self.response(response, to: dimensions, of: model)
    }

    /// The engine knows nothing of a wished length; an upstream does.
    nonisolated(nonsending) private func response(
        _ response: Response, to dimensions: Int, of model: ServedModel
    ) async throws -> Response {
        guard model.abilities.vectors != nil, response.status == .ok, response.headers[.servedBy] == "edge" else {
            return response
        }
        let answer = try await GatheredBody.bytes(of: response.body)
        let shorter = try await BodyWork.translated(answer, "The engine's vectors are") {
            try ShorterVectors.answer($0, to: dimensions)
        }
        var headers = response.headers
        headers[.contentLength] = String(shorter.count)
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: shorter)))
    }
}

extension InferenceRoutes {
    private static let shortestDeadline = 0.001

    /// Who asks, and until when an answer is worth having: the request's own word goes before its service's.
    private func terms(
        of call: InferenceCall, _ request: Request, _ identity: Identity, since begun: TimeSource.Instant
    ) throws(APIError) -> RequestTerms {
        var terms = RequestTerms(
            tenant: identity.tenantNumber, deadlineSeconds: coordinator.deployment.deadlines[call.service.index],
            size: call.size, unfit: call.unfit)
        if let text = request.headers[.deadline] {
            guard let seconds = Double(text), seconds > 0, seconds <= 86_400 else {
                throw .invalidRequest(
                    "'\(text.prefix(100))' (x-ember-deadline) is no number of seconds. Write one such as 2.5, "
                        + "up to 86400.",
                    param: "x-ember-deadline")
            }
            terms.deadlineSeconds = seconds
        }
        // The time since the request came counts. What is left stays above 0, which would make it a hedge.
        terms.deadlineSeconds = terms.deadlineSeconds.map {
            max($0 - coordinator.time.seconds(since: begun), Self.shortestDeadline)
        }
        return terms
    }

    nonisolated(nonsending) private func context(
        of call: InferenceCall, _ id: String, _ request: Request, _ identity: Identity
    ) async throws -> ContextExchange? {
        guard let keeper else { return nil }
        let choice = try ContextChoice(request.headers)
        let plan = await keeper.plan(call, request: id, identity, choice)
        return plan.map { ContextExchange(keeper, $0) }
    }
}

/// /v1/models: every configured model, loaded or not. Asking never loads a model nor keeps one from idling out.
struct ModelRoutes {
    let coordinator: Coordinator
    private let started: Int

    init(coordinator: Coordinator) {
        self.coordinator = coordinator
        started = Int(coordinator.time.wallSeconds)
    }

    func add(to router: Router<EmberRequestContext>) {
        router.get("/v1/models") { _, _ in try json(ModelList(data: await entries())) }
        router.get("/v1/models/**") { _, context in
            // Clients that escape the slash of a name mean the same model.
            let path = context.parameters.getCatchAll().joined(separator: "/")
            let name = path.removingPercentEncoding ?? path
            guard let entry = await entries().first(where: { $0.id == name }) else {
                throw APIError.notFound(
                    "The model '\(name.prefix(200))' is not configured.", param: "model", code: "model_not_found")
            }
            return try json(entry)
        }
    }

    /// Every name by which a model can be asked for.
    private func entries() async -> [ModelEntry] {
        await coordinator.modelStates().flatMap { model, status in
            let entry = ModelEntry(
                id: model.name, created: started,
                ownedBy: model.engine == nil ? model.clouds.first?.upstream.name ?? "cloud" : "ember",
                status: .init(value: model.engine == nil ? "remote" : status.rawValue, reason: model.problem),
                kind: model.spec.kind.rawValue, aliases: model.aliases)
            return [entry] + model.aliases.map { entry.under($0) }
        }
    }

    /// In the form of OpenAI's list; `object`, `created` and `owned_by` are its, `type` and `display_name` Anthropic's.
    private struct ModelList: Encodable {
        let object = "list"
        let data: [ModelEntry]
        let hasMore = false
        let firstId: String?
        let lastId: String?

        init(data: [ModelEntry]) {
            self.data = data
            (firstId, lastId) = (data.first?.id, data.last?.id)
        }
    }

    private struct ModelEntry: Encodable {
        private(set) var id: String
        let object = "model"
        let type = "model"
        private(set) var displayName: String
        let created: Int
        let createdAt: String
        let ownedBy: String
        let status: Status
        let kind: String
        private(set) var aliases: [String]
        /// The model's name, where `id` is another one of it.
        private(set) var aliasOf: String?

        init(id: String, created: Int, ownedBy: String, status: Status, kind: String, aliases: [String]) {
            (self.id, displayName) = (id, id)
            self.created = created
            createdAt = Date(timeIntervalSince1970: Double(created)).ISO8601Format()
            self.ownedBy = ownedBy
            self.status = status
            self.kind = kind
            self.aliases = aliases
        }

        func under(_ alias: String) -> ModelEntry {
            var entry = self
            (entry.id, entry.displayName, entry.aliasOf, entry.aliases) = (alias, alias, id, [])
            return entry
        }

        struct Status: Encodable {
            var value: String
            /// Why it cannot be loaded.
            var reason: String?
        }
    }
}

/// /health: whether Ember answers at all; public, and wakes nothing.
struct HealthRoutes {
    static let path = "/health"
    let drain: Drain

    func add(to router: Router<EmberRequestContext>) {
        router.get(RouterPath(Self.path)) { _, _ in
            // Not well any more, for those who send requests to whatever is.
            drain.hasBegun
                ? try json(["status": "draining"], status: .serviceUnavailable) : try json(["status": "ok"])
        }
    }
}

/// /ember/v1/…: what Ember reports to its operator, and what the operator sets.
struct OperatorRoutes {
    let coordinator: Coordinator
    let keeper: ContextKeeper?
    let report: StateReport

    func add(to router: Router<EmberRequestContext>) {
        router.get("/ember/v1/state") { _, _ in try json(await report.view()) }
        router.get("/ember/v1/decisions/:id") { _, context in
            let id = context.parameters.get("id") ?? ""
            guard var explanation = await coordinator.book.explanation(of: id) else {
                throw APIError.notFound(
                    "No request with the id '\(id.prefix(100))' is known; only the latest are.", param: "id",
                    code: "request_not_found")
            }
            let model = coordinator.deployment.model(named: explanation.model)
            if let kept = model.flatMap({ keeper?.kept($0) }), kept.isLimited { explanation.kept = kept.sentence }
            return try json(explanation)
        }
        router.get("/ember/v1/policy") { _, _ in
            try json(PolicyView(policy: await coordinator.driver.policy.name))
        }
        router.put("/ember/v1/policy") { request, _ in
            try await changePolicy(request)
            return try json(PolicyView(policy: await coordinator.driver.policy.name))
        }
        for (path, wish) in [("load", ChangeWaits.Wish.load), ("unload", .unload)] {
            router.post(RouterPath("/ember/v1/models/\(path)")) { request, _ in try await change(request, wish) }
        }
        addForgetting(to: router)
    }

    private func addForgetting(to router: Router<EmberRequestContext>) {
        router.post("/ember/v1/models/forget") { request, _ in
            let name = try await model(in: request)
            await coordinator.within {
                guard let model = $0.deployment.model(named: name) else { return }
                await $0.engines.forgetFootprint(of: model, for: $0)
            }
            return try json(["status": "forgotten"])
        }
    }

    private func changePolicy(_ request: Request) async throws {
        let body = try await request.body.collect(upTo: 64 << 10)
        guard let change = try? JSONDecoder().decode([String: String].self, from: body), let policy = change["policy"]
        else { throw APIError.invalidRequest("Say which policy: {\"policy\": \"NAME\"}.", param: "policy") }
        do throws(PolicyError) { try await coordinator.changePolicy(to: policy) } catch {
            throw APIError.invalidRequest("\(error)", param: "policy", code: "policy_not_found")
        }
    }

    /// Loads or unloads a model: 200 where that is done, 202 where it is under way.
    private func change(_ request: Request, _ wish: ChangeWaits.Wish) async throws -> Response {
        let patience = try ChangePatience(request.uri.queryParameters)
        let name = try await model(in: request)
        if wish == .load {
            await coordinator.within {
                guard let model = $0.deployment.model(named: name) else { return }
                await $0.engines.files.lookAgain(at: model, for: $0)
            }
        }
        let answer: Result<ModelChange, Refusal> =
            await coordinator.within { coordinator in
                guard let model = coordinator.deployment.model(named: name) else {
                    return .failure(.notConfigured(name))
                }
                let changes = coordinator.engines.changes
                return switch (patience, wish) {
                case (.none, .load): changes.load(model, for: coordinator)
                case (.none, .unload): .success(changes.unload(model, for: coordinator))
                case (.seconds(let seconds), _):
                    await changes.awaitChange(wish, of: model, within: seconds, for: coordinator)
                }
            }
        switch answer {
        case .failure(let refusal): throw APIError(refusal)
        case .success(let change):
            let model = coordinator.deployment.model(named: name).map { coordinator.deployment[$0].name }
            return try json(
                ["model": model ?? name, "status": change.status.rawValue, "message": change.message],
                status: change.isDone ? .ok : .accepted)
        }
    }

    /// The name of a model that runs at the edge.
    private func model(in request: Request) async throws -> String {
        let body = try await request.body.collect(upTo: 64 << 10)
        guard let shape = try? RequestShape(body.readableBytesView, kind: nil), let name = shape.model else {
            throw APIError.invalidRequest("Say which model: {\"model\": \"NAME\"}.", param: "model")
        }
        guard let model = coordinator.deployment.model(named: name), coordinator.deployment[model].engine != nil else {
            throw APIError.notFound(
                "The model '\(name.prefix(200))' is not configured to run at the edge.", param: "model",
                code: "model_not_found")
        }
        return name
    }

}

/// A value as a JSON response, with keys in snake_case.
func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Response(
        status: status, headers: [.contentType: "application/json"],
        body: .init(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
}
