import HTTPTypes
import Hummingbird

/// /ember/v1/session: a key is exchanged for a cookie, so that the page need not keep the key.
struct SessionRoutes {
    static let path = "/ember/v1/session"
    let authentication: Authentication

    /// Who the page is logged in as.
    private struct View: Encodable {
        /// Whether keys are configured: without a login there is nothing to see.
        let needsKey: Bool
        /// nil: not logged in, or no keys are configured.
        var key: String?
        var tenant: String?
        /// For `x-ember-token`.
        var token: String?
        let version = EmberVersion.current
    }

    func add(to router: Router<EmberRequestContext>) {
        router.get(RouterPath(Self.path)) { request, _ in try answer(view(of: authentication.session(of: request))) }
        router.post(RouterPath(Self.path)) { request, _ in try begin(request) }
        router.delete(RouterPath(Self.path)) { request, _ in
            if let id = SessionCookie.id(in: request.head) { authentication.sessions.end(id) }
            let cookie = SessionCookie.removed(isSecure: SessionCookie.isByTLS(request.head))
            return try answer(view(of: nil), cookie)
        }
    }

    /// The key comes as with any other request, in a header.
    private func begin(_ request: Request) throws -> Response {
        guard authentication.needsKey else { return try answer(view(of: nil)) }
        guard let key = authentication.headerKey(of: request) else { throw APIError.unauthorized }
        let ticket = authentication.sessions.begin(for: key)
        let cookie = SessionCookie.set(ticket.id, isSecure: SessionCookie.isByTLS(request.head))
        return try answer(view(of: (key, ticket.token)), cookie)
    }

    private func view(of session: (key: AccessKey, token: String)?) -> View {
        View(
            needsKey: authentication.needsKey, key: session?.key.name, tenant: session?.key.tenant,
            token: session?.token)
    }

    private func answer(_ view: View, _ cookie: String? = nil) throws -> Response {
        var response = try json(view)
        response.headers[.cacheControl] = "no-store"
        if let cookie { response.headers[.setCookie] = cookie }
        return response
    }
}
