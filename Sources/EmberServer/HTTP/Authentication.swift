import HTTPTypes
import Hummingbird

/// A key that clients may use, with what goes with it.
public struct AccessKey: Sendable {
    let name: String
    let service: String?
    let tenant: String
    /// By which the planner tells tenants apart.
    let tenantNumber: Int
    private let key: [UInt8]

    /// - Parameter tenant: whose demonstrations its requests use; by default the key's name.
    public init(name: String, key: String, service: String?, tenant: String? = nil, tenantNumber: Int = 0) {
        self.name = name
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
    let keys: [AccessKey]

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard !keys.isEmpty, request.uri.path != HealthRoutes.path else { return try await next(request, context) }
        guard let key = key(of: request) else { throw APIError.unauthorized }
        var context = context
        context.identity = Identity(
            name: key.name, service: key.service, tenant: key.tenant, tenantNumber: key.tenantNumber)
        return try await next(request, context)
    }

    /// The key that the request carries; nil where it is none of the server's.
    func key(of request: Request) -> AccessKey? {
        guard let given = Self.given(in: request) else { return nil }
        return keys.first { $0.matches(given.utf8) }
    }

    private static let scheme = "bearer "

    private static func given(in request: Request) -> Substring? {
        if let bearer = request.headers[.authorization] {
            // Letters only differ in this bit from their capitals.
            guard bearer.utf8.prefix(scheme.utf8.count).lazy.map({ $0 | 0x20 }).elementsEqual(scheme.utf8) else {
                return nil
            }
            return Substring(bearer.utf8.dropFirst(scheme.utf8.count))
        }
        return request.headers[.apiKey].map { $0[...] }
    }
}
