import EmberContext
import EmberCore
import EmberStore
import EmberSystem
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// /ember/v1/services/…, /ember/v1/conversations and /ember/v1/feedback: the demonstrations and the conversations of
/// the tenant that asks, and its judgements of answers.
struct ContextRoutes {
    let coordinator: Coordinator
    let keeper: ContextKeeper?
    let bodies: BodyStore

    private static let pageLength = 100

    func add(to router: Router<EmberRequestContext>) {
        let services = router.group("/ember/v1/services")
        services.get { _, context in try json(ServiceList(services: await list(context.identity.tenant))) }
        services.get(":service") { _, context in
            let place = try place(context)
            return try json(try await view(place.service, place.state, place.tenant))
        }
        services.get(":service/demonstrations") { try await page($0, $1) }
        services.post(":service/demonstrations") { try await add($0, $1) }
        services.delete(":service/demonstrations") { try await removeAll($0, $1) }
        services.get(":service/demonstrations/:id") { try await one($0, $1) }
        services.delete(":service/demonstrations/:id") { try await remove($0, $1) }
        services.get(":service/export") { try await export($0, $1) }
        router.get("/ember/v1/conversations") { _, context in
            try json(await keeper?.conversations(of: context.identity.tenant) ?? ConversationList())
        }
        router.delete("/ember/v1/conversations") { request, context in
            try await forget(Self.wish(request, context))
        }
        router.delete("/ember/v1/conversations/:id") { try await forgetOne($0, $1) }
        router.post("/ember/v1/feedback") { try await feedback($0, $1) }
    }

    // MARK: Services

    private func list(_ tenant: String) async throws -> [ServiceView] {
        var views: [ServiceView] = []
        let state = coordinator.deployment.state
        for service in state.serviceIDs { views.append(try await view(service, state, tenant)) }
        return views
    }

    private func view(_ service: ServiceID, _ state: DeploymentState, _ tenant: String) async throws -> ServiceView {
        let settings = state.contexts[service.index]
        let name = state.catalogue[service].name
        var view = ServiceView(
            name: name, context: "\(settings.source)", selection: settings.selection.rawValue,
            examples: settings.examples)
        guard let keeper, let store = keeper.store else { return view }
        let scope = DemonstrationScope(tenant: tenant, service: name)
        return try await answering {
            try await store.flush()
            let usage = try await store.usage(of: scope)
            (view.demonstrations, view.bytes) = (usage.entries, usage.bytes.count)
            view.embedded = try await keeper.embedded(scope)
            return view
        }
    }

    // MARK: Demonstrations

    private func page(_ request: Request, _ context: EmberRequestContext) async throws -> Response {
        let (place, store) = try storePlace(context)
        let query = request.uri.queryParameters
        let limit =
            try number(query["limit"].map(String.init), "limit", 1...ContextStore.largestPage) ?? Self.pageLength
        let before = try number(query["before"].map(String.init), "before", 1...Int.max)
        let scope = DemonstrationScope(
            tenant: place.tenant, service: place.name, model: query["model"].map(String.init))
        let page = try await answering {
            try await store.flush()
            return try await store.list(scope, before: before, limit: limit)
        }
        return try json(
            DemonstrationPageView(demonstrations: page.demonstrations.map(DemonstrationView.init), next: page.next))
    }

    private func one(_ request: Request, _ context: EmberRequestContext) async throws -> Response {
        let (place, store) = try storePlace(context)
        let id = try number(context.parameters.get("id"), "id", 0...Int.max) ?? 0
        let found = try await answering { try await store.demonstration(id, tenant: place.tenant) }
        guard let found, found.service == place.name else { throw Self.unknown("\(id)") }
        return try json(DemonstrationView(found))
    }

    private struct Added: Encodable {
        var added: Int
        var alreadyThere: Int
        var evicted: Int
    }

    /// Lines of JSON, or one object: all of them, or none.
    private func add(_ request: Request, _ context: EmberRequestContext) async throws -> Response {
        let (place, store) = try storePlace(context)
        let lease = bodies.room.lease(for: context.identity.tenantNumber)
        defer { withExtendedLifetime(lease) {} }
        let pieces = try bodies.read(
            request.body, length: request.headers[.contentLength].flatMap(Int.init), lease: lease)
        let summary = try await answering {
            try await store.importLines(
                pieces, tenant: place.tenant, into: place.name, now: coordinator.time.wallSeconds)
        }
        if summary.added > 0 { keeper?.demonstrationsWereAdded(tenant: place.tenant, service: place.name) }
        return try json(
            Added(added: summary.added, alreadyThere: summary.alreadyThere, evicted: summary.evicted),
            status: summary.added > 0 ? .created : .ok)
    }

    private struct Removed: Encodable { var removed: Int }

    private func removeAll(_ request: Request, _ context: EmberRequestContext) async throws -> Response {
        let (place, store) = try storePlace(context)
        let count = try await answering { try await store.remove(service: place.name, tenant: place.tenant) }
        try await forgetting { try await keeper?.forget(tenant: place.tenant, service: place.name) }
        return try json(Removed(removed: count))
    }

    private func remove(_ request: Request, _ context: EmberRequestContext) async throws -> Response {
        let (place, store) = try storePlace(context)
        let id = try number(context.parameters.get("id"), "id", 0...Int.max) ?? 0
        let count = try await answering {
            guard try await store.demonstration(id, tenant: place.tenant)?.service == place.name else { return 0 }
            return try await store.remove(ids: [id], tenant: place.tenant)
        }
        guard count > 0 else { throw Self.unknown("\(id)") }
        try await forgetting { try await keeper?.forget(tenant: place.tenant, service: place.name) }
        return try json(Removed(removed: count))
    }

    private func export(_ request: Request, _ context: EmberRequestContext) async throws -> Response {
        let (place, store) = try storePlace(context)
        let lines = try await answering { try await store.export(tenant: place.tenant, service: place.name) }
        return Response(
            status: .ok, headers: [.contentType: "application/jsonl"],
            body: .init { writer in
                for try await line in lines { try await writer.write(ByteBuffer(bytes: line)) }
                try await writer.finish(nil)
            })
    }

    // MARK: Conversations

    private func forget(_ what: ForgottenStates) async throws -> Response {
        let gone = try await forgetting { try await keeper?.forget(what) } ?? (states: 0, slots: 0)
        return try json(ForgottenView(states: gone.states, slots: gone.slots))
    }

    /// A name that is misspelt must not delete everything.
    private static func wish(_ request: Request, _ context: EmberRequestContext) throws(APIError) -> ForgottenStates {
        var wish = ForgottenStates(tenant: context.identity.tenant)
        for (name, value) in request.uri.queryParameters {
            guard !value.isEmpty, name == "service" || name == "key" else {
                throw .invalidRequest(
                    "'\(name.prefix(100))=\(value.prefix(100))' is no choice of conversations. Write service=NAME, "
                        + "key=NAME or both; nothing to delete all of them.",
                    param: String(name.prefix(100)))
            }
            if name == "service" { wish.service = String(value) } else { wish.key = String(value) }
        }
        return wish
    }

    private func forgetOne(_ request: Request, _ context: EmberRequestContext) async throws -> Response {
        let text = context.parameters.get("id") ?? ""
        guard let id = KeyedDigest(hexadecimal: text) else {
            throw APIError.invalidRequest(
                "'\(text.prefix(100))' (id) is no conversation's id. Take one from GET /ember/v1/conversations.",
                param: "id")
        }
        return try await forget(ForgottenStates(tenant: context.identity.tenant, conversation: id))
    }

    /// What a disk does not let go is an error: the client would believe it gone.
    private func forgetting<Value>(_ work: () async throws -> Value) async throws -> Value {
        do { return try await work() } catch let problem as FileProblem {
            throw APIError(
                status: .internalServerError,
                message: "Saved KV states could not be removed: \(problem). They are not used any more; ask again once "
                    + "that is right.",
                type: "server_error", code: "states_not_removed")
        }
    }

    // MARK: Feedback

    private struct Feedback: Decodable {
        var request: String
        var score: Double
    }

    private func feedback(_ request: Request, _ context: EmberRequestContext) async throws -> Response {
        let body = try await request.body.collect(upTo: 64 << 10)
        guard let feedback = try? JSONDecoder().decode(Feedback.self, from: Data(body.readableBytesView)),
            (0...1).contains(feedback.score)
        else {
            throw APIError.invalidRequest(
                "Write {\"request\": ID, \"score\": S}: the x-ember-request-id of a reply, and 0 (bad) to 1 (good).",
                param: "score")
        }
        let isKnown = try await answering {
            try await keeper?.rate(feedback.request, tenant: context.identity.tenant, score: feedback.score) ?? false
        }
        guard isKnown else {
            throw APIError.notFound(
                "No request of yours with the id '\(feedback.request.prefix(100))' has left anything to be judged.",
                param: "request", code: "request_not_found")
        }
        return try json(["status": "noted"])
    }

    // MARK: Where, and what is wrong

    private struct Place {
        let service: ServiceID
        let state: DeploymentState
        let name: String
        let tenant: String
    }

    private func place(_ context: EmberRequestContext) throws -> Place {
        let text = context.parameters.get("service") ?? ""
        let name = text.removingPercentEncoding ?? text
        let state = coordinator.deployment.state
        guard let service = state.service(named: name) else {
            throw APIError.notFound(
                "The service '\(name.prefix(200))' is not configured.", param: "service", code: "service_not_found")
        }
        return Place(service: service, state: state, name: name, tenant: context.identity.tenant)
    }

    private func storePlace(_ context: EmberRequestContext) throws -> (Place, ContextStore) {
        let place = try place(context)
        if let problem = keeper?.storeProblem { throw APIError(problem) }
        guard let store = keeper?.store, place.state.contexts[place.service.index].source != .off else {
            throw APIError(
                status: .conflict,
                message: "The service '\(place.name)' keeps no demonstrations: its configuration says context: off. "
                    + "Write context: given, or context: learn.",
                type: "invalid_request_error", param: "service", code: "context_off")
        }
        return (place, store)
    }

    private static func unknown(_ id: String) -> APIError {
        .notFound("There is no demonstration '\(id)' in this service.", param: "id", code: "demonstration_not_found")
    }

    private func number(_ text: String?, _ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw APIError.invalidRequest(
                "'\(text.prefix(100))' (\(name)) is no whole number from \(range.lowerBound) on.", param: name)
        }
        return number
    }

    /// The store's errors as answers.
    private func answering<Value>(_ work: () async throws -> Value) async throws -> Value {
        do { return try await work() } catch let error as StoreError { throw APIError(error) }
    }
}

extension APIError {
    init(_ error: StoreError) {
        let (status, type, code): (HTTPResponse.Status, String, String) =
            switch error {
            case .invalid, .badLines: (.badRequest, "invalid_request_error", "bad_demonstrations")
            case .alreadyThere: (.conflict, "invalid_request_error", "already_there")
            case .importTooLong: (.contentTooLarge, "invalid_request_error", "body_too_large")
            case .noRoom: (.init(code: 507, reasonPhrase: "Insufficient Storage"), "server_error", "no_room")
            case .diskFull: (.init(code: 507, reasonPhrase: "Insufficient Storage"), "server_error", "disk_full")
            case .unwritable, .inUse, .newer, .foreign, .damaged, .closed, .failed:
                (.serviceUnavailable, "server_error", "store_failed")
            }
        self.init(status: status, message: error.description, type: type, code: code)
    }
}
