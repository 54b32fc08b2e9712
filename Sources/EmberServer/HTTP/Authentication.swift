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
        return zip(candidate, key).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Lets in requests with a known key; with no keys configured, every request. /health is public.
struct Authentication: RouterMiddleware {
    typealias Context = EmberRequestContext
    let keys: AccessKeys

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard !keys.all.isEmpty, request.uri.path != HealthRoutes.path else { return try await next(request, context) }
        guard let key = key(of: request) else { throw APIError.unauthorized }
        var context = context
        context.identity = Identity(
            name: key.name, service: key.service, tenant: key.tenant, tenantNumber: key.tenantNumber,
            keep: key.keep)
        return try await next(request, context)
    }

    /// The first of the server's keys that the request carries; nil where it carries none.
    func key(of request: Request) -> AccessKey? {
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
