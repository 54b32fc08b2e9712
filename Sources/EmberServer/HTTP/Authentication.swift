public import EmberConfig
import HTTPTypes
import Hummingbird

/// A key that clients may use, with what goes with it.
public struct AccessKey: Sendable {
    let name: String
    let service: String?
    let tenant: String
    /// By which the planner tells tenants apart.
    let tenantNumber: Int
    /// How long saved KV states of its requests stay, at most.
    let keep: StateKeep
    private let key: [UInt8]

    /// - Parameter tenant: whose demonstrations its requests use; by default the key's name.
    public init(
        name: String, key: String, service: String?, tenant: String? = nil, tenantNumber: Int = 0,
        keep: StateKeep = .unlimited
    ) {
        self.name = name
        self.keep = keep
        self.tenant = tenant ?? name
        self.tenantNumber = tenantNumber
        self.key = Array(key.utf8)
        self.service = service
    }

    /// Compares in a time that does not show how much of the key is right.
    func matches(_ candidate: some Collection<UInt8>) -> Bool {
        guard candidate.count == key.count else { return false }
        return candidate.isSame(as: key)
    }

    /// Whether both are the same key of the same tenant, whatever else goes with it.
    func isSame(as other: AccessKey) -> Bool {
        name == other.name && tenant == other.tenant && other.matches(key)
    }
}

extension Collection<UInt8> {
    /// Compares bytes of the same count in a time that does not show how many are equal.
    fileprivate func isSame(as other: some Collection<UInt8>) -> Bool {
        zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Lets in requests with a known key, or of a page that is logged in with one; with no keys configured, every request.
/// /health is public, and so is the question whether the page is logged in.
struct Authentication: RouterMiddleware {
    typealias Context = EmberRequestContext
    let keys: AccessKeys
    let sessions: PageSessions

    var needsKey: Bool { !keys.all.isEmpty }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard needsKey, !Self.isPublic(request) else { return try await next(request, context) }
        guard let key = key(of: request) else { throw APIError.unauthorized }
        var context = context
        context.identity = Identity(
            name: key.name, service: key.service, tenant: key.tenant, tenantNumber: key.tenantNumber,
            keep: key.keep)
        return try await next(request, context)
    }

    private static func isPublic(_ request: Request) -> Bool {
        let path = request.uri.path
        return path == HealthRoutes.path || path == SessionRoutes.path && request.method == .get
    }

    /// The key that the request counts for; nil where there is none.
    func key(of request: Request) -> AccessKey? { headerKey(of: request) ?? sessionKey(of: request) }

    /// The session of the page that sends the request; nil where it is not logged in.
    func session(of request: Request) -> (key: AccessKey, token: String)? {
        SessionCookie.id(in: request.head).flatMap { sessions.session($0, among: keys.all) }
    }

    /// Browsers send the cookie by themselves: what may change something must also carry the token.
    private func sessionKey(of request: Request) -> AccessKey? {
        guard let session = session(of: request) else { return nil }
        guard request.method != .get else { return session.key }
        let token = request.headers[.sessionToken] ?? ""
        guard token.utf8.count == session.token.utf8.count, token.utf8.isSame(as: session.token.utf8) else {
            return nil
        }
        return session.key
    }

    /// The first of the server's keys that the request carries in a header; nil where it carries none.
    func headerKey(of request: Request) -> AccessKey? {
        let keys = keys.all
        for name in Self.names {
            guard let value = request.headers[name], let given = Self.key(in: value, of: name) else { continue }
            if let key = keys.first(where: { $0.matches(given.utf8) }) { return key }
        }
        return nil
    }

    /// Clients send a key in one of these. Some send a placeholder in another one as well.
    private static let names: [HTTPField.Name] = [.authorization, .apiKey, .apiKeyOfAzure]
    private static let scheme = "bearer "

    private static func key(in value: String, of name: HTTPField.Name) -> Substring? {
        guard name == .authorization else { return value[...] }
        // Letters only differ in this bit from their capitals.
        guard value.utf8.prefix(scheme.utf8.count).lazy.map({ $0 | 0x20 }).elementsEqual(scheme.utf8) else {
            return nil
        }
        return Substring(value.utf8.dropFirst(scheme.utf8.count).drop { $0 == UInt8(ascii: " ") })
    }
}
